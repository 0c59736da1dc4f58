import type { BlockBitmap } from '../../../../shared/blocks/bitmap';
import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import { BlockBuffer } from '../../block-io/block-buffer';
import { isZero } from '../../block-io/zeros';
import type { BlockSink } from '../../block-io/types';
import type { BlockHasher } from '../checksums/block-hash';
import type { ChecksumWriter } from '../checksums/writer';
import type { BaseComparison } from './base-comparison';
import type { CopyCounters } from './counters';
import type { SourceSample } from './source-sample';

export interface StoreOptions {
  readonly sink: BlockSink;
  /** An increment records zeros, because its parent may hold data there; a full image leaves holes. */
  readonly incremental: boolean;
  readonly hash: BlockHasher;
  readonly checksums: ChecksumWriter | undefined;
  /** Present when changed blocks that equal the base are to be left out. */
  readonly base: BaseComparison | undefined;
  readonly counters: CopyCounters;
  /** Gets to know what is stored. */
  readonly sample?: SourceSample;
  /** Blocks where the unfinished image holds something wrong: stored as data whatever they contain. */
  readonly overwrite?: BlockBitmap | undefined;
}

type Kind = 'data' | 'zero' | 'skip';

/**
 * Takes a filled buffer that starts on a 64 KiB boundary and brings it into the image: zeros are found, checksums
 * taken while the data is in the cache, and neighbouring blocks of one kind handed to the sink together.
 */
export async function store(buffer: BlockBuffer, scratch: BlockBuffer, options: StoreOptions): Promise<void> {
  const writes: Promise<void>[] = [];
  let runStart = 0;
  let runKind: Kind = 'skip';
  const endRun = (end: number): void => {
    const work = hand(options, buffer, runKind, runStart, end - runStart);
    if (work) writes.push(work);
    runStart = end;
  };
  try {
    for (let at = 0; at < buffer.length; at += CBT_BLOCK_SIZE) {
      const length = Math.min(CBT_BLOCK_SIZE, buffer.length - at);
      const found = classify(buffer, at, length, scratch, options);
      const kind = typeof found === 'string' ? found : await found;
      if (kind !== runKind) {
        endRun(at);
        runKind = kind;
      }
    }
    endRun(buffer.length);
  } finally {
    // Also when something failed: the buffer must not be reused while the sink still reads from it.
    if (writes.length > 0) await settled(writes);
  }
}

function classify(
  buffer: BlockBuffer,
  at: number,
  length: number,
  scratch: BlockBuffer,
  options: StoreOptions,
): Kind | Promise<Kind> {
  const start = BlockBuffer.HEADROOM + at;
  const block = (buffer.offset + at) / CBT_BLOCK_SIZE;
  const hashed = (): bigint => options.hash(buffer.memory, start, length);
  const zero = isZero(buffer.memory, start, length);
  options.sample?.add(block, !zero, hashed);
  if (options.overwrite?.has(block)) {
    options.checksums?.set(block, hashed());
    return 'data';
  }
  if (zero && !options.incremental) return 'skip';
  if (!options.checksums && !options.base) return zero ? 'zero' : 'data';
  const sum = hashed();
  const take = (): Kind => {
    options.checksums?.set(block, sum);
    return zero ? 'zero' : 'data';
  };
  if (!options.base?.mayEqual(block, sum, zero)) return take();
  return options.base.equals(buffer, at, length, scratch).then((equal) => {
    if (!equal) return take();
    options.counters.add('equalBytes', length);
    return 'skip';
  });
}

function hand(
  { sink, counters, incremental }: StoreOptions,
  buffer: BlockBuffer,
  kind: Kind,
  at: number,
  length: number,
): Promise<void> | undefined {
  if (length === 0) return undefined;
  if (kind === 'data') {
    counters.add('writtenBytes', length);
    return sink.write(buffer.offset + at, buffer.memory, BlockBuffer.HEADROOM + at, length);
  }
  if (kind === 'zero') {
    counters.add('zeroBytes', length);
    return sink.zero(buffer.offset + at, length);
  }
  if (!incremental) counters.add('zeroBytes', length);
  return undefined;
}

/** Waits for all, then throws the first error there was. */
export async function settled(work: readonly Promise<void>[]): Promise<void> {
  if (work.length === 0) return;
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason;
}
