import { BlockBitmap } from '../../../../shared/blocks/bitmap';
import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import { BlockBuffer } from '../../block-io/block-buffer';
import { isZero } from '../../block-io/zeros';
import type { ResumedSink } from '../../image/types';
import type { BlockHasher } from '../checksums/block-hash';
import type { EffectiveChecksums } from '../checksums/effective';
import type { ChecksumWriter } from '../checksums/writer';
import type { CopyCounters } from '../copy/counters';

/** Divides 2 MiB. */
const CHUNK_BYTES = 1024 * 1024;

export interface ProveOptions {
  readonly sink: ResumedSink;
  readonly sums: ChecksumWriter;
  readonly hash: BlockHasher;
  readonly sizeBytes: number;
  /** The blocks of the export; undefined: all of the disk. */
  readonly wanted: BlockBitmap | undefined;
  /** Below this disk offset a block without a checksum was left out on purpose. */
  readonly trustedBelow: number;
  readonly increment: boolean;
  /** Present for an increment that holds its base's data itself (raw). */
  readonly base: EffectiveChecksums | undefined;
  readonly counters: CopyCounters;
}

export interface Proof {
  /** What still has to be read from the source: not there yet, or not provably right. */
  readonly missing: BlockBitmap;
  /** Those of them where the image holds something wrong. */
  readonly damaged: BlockBitmap;
}

type Verdict = 'kept' | 'missing' | 'damaged';

/**
 * Reads back every block of an unfinished image and keeps only what is provably right: a block with a checksum must
 * match it; one without must be untouched, and counts only where the checkpoint says that it was left out on purpose.
 * What is kept is added to the counters as if it had just been read.
 */
export async function prove(options: ProveOptions, signal: AbortSignal): Promise<Proof> {
  const { sink, sums, sizeBytes, wanted } = options;
  const proof = { missing: BlockBitmap.empty(sizeBytes), damaged: BlockBitmap.empty(sizeBytes) };
  const buffer = new BlockBuffer(CHUNK_BYTES);
  for (let offset = 0; offset < sizeBytes; offset += CHUNK_BYTES) {
    // Everything here is synchronous; the thread must still hear that it is to stop.
    if (offset % (64 * CHUNK_BYTES) === 0) await new Promise((resolve) => setImmediate(resolve));
    if (signal.aborted) return proof;
    const length = Math.min(CHUNK_BYTES, sizeBytes - offset);
    const first = offset / CBT_BLOCK_SIZE;
    const end = first + Math.ceil(length / CBT_BLOCK_SIZE);
    const held = sink.holds(offset, length);
    if (held !== 'none') sink.readBack(offset, buffer.memory, BlockBuffer.HEADROOM, length);
    else if (!sums.mayHave(first, end) && wanted && !anyOf(wanted, first, end)) continue;
    else buffer.memory.fill(0, BlockBuffer.HEADROOM, BlockBuffer.HEADROOM + length);
    for (let block = first; block < end; block++) {
      const at = (block - first) * CBT_BLOCK_SIZE;
      const start = BlockBuffer.HEADROOM + at;
      const part = Math.min(CBT_BLOCK_SIZE, length - at);
      const partHeld = held === 'some' ? sink.holds(offset + at, part) : held;
      const verdict = judge(options, block, buffer.memory, start, part, partHeld);
      const isWanted = wanted?.has(block) ?? true;
      if (verdict === 'damaged') proof.damaged.set(block);
      if (verdict === 'damaged' || (verdict === 'missing' && isWanted)) proof.missing.set(block);
      if (verdict === 'kept' && isWanted) count(options, block, buffer.memory, start, part);
    }
  }
  return proof;
}

function judge(
  { sums, hash, increment, base, trustedBelow }: ProveOptions,
  block: number,
  memory: Buffer,
  start: number,
  length: number,
  held: ReturnType<ResumedSink['holds']>,
): Verdict {
  const sum = sums.get(block);
  if (sum !== 0n) return held === 'all' && hash(memory, start, length) === sum ? 'kept' : 'damaged';
  const untouched = base
    ? base.matches(block, hash, memory, start, length)
    : increment
      ? held === 'none'
      : isZero(memory, start, length);
  if (!untouched) return 'damaged';
  return block * CBT_BLOCK_SIZE + length <= trustedBelow ? 'kept' : 'missing';
}

function count(
  { sums, increment, counters }: ProveOptions,
  block: number,
  memory: Buffer,
  start: number,
  length: number,
): void {
  counters.add('readBytes', length);
  counters.add('keptBytes', length);
  if (sums.get(block) === 0n) counters.add(increment ? 'equalBytes' : 'zeroBytes', length);
  else counters.add(isZero(memory, start, length) ? 'zeroBytes' : 'writtenBytes', length);
}

function anyOf(bitmap: BlockBitmap, first: number, end: number): boolean {
  for (let block = first; block < end; block++) if (bitmap.has(block)) return true;
  return false;
}
