import { BlockBitmap } from '../../../../shared/blocks/bitmap';
import { blockCount, CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import { BlockBuffer } from '../../block-io/block-buffer';
import { isZero } from '../../block-io/zeros';
import type { ResumedSink } from '../../image/types';
import type { BlockHasher } from '../checksums/block-hash';
import type { EffectiveChecksums } from '../checksums/effective';
import type { ChecksumWriter } from '../checksums/writer';
import type { CopyCounters } from '../copy/counters';
import { EvenSample } from '../copy/even-sample';

/** Divides 2 MiB. */
const CHUNK_BYTES = 1024 * 1024;
const CHUNK_BLOCKS = CHUNK_BYTES / CBT_BLOCK_SIZE;

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
  /** Some of the blocks that are kept and have a checksum. */
  readonly stored: EvenSample;
  /** Some of those that are kept and have none: zeros, or what the base has. */
  readonly leftOut: EvenSample;
  /** Some of those that are none of the export: zeros, or what the base has, like those. */
  readonly notWanted: EvenSample;
}

type Verdict = 'kept' | 'missing' | 'damaged';

/**
 * Reads back what an unfinished image holds and keeps only what is provably right: a block with a checksum must
 * match it; one without must be untouched, and counts only where the checkpoint says that it was left out on purpose.
 * What is kept is added to the counters as if it had just been read.
 */
export async function prove(options: ProveOptions, signal: AbortSignal): Promise<Proof> {
  const { sizeBytes } = options;
  const empty = (): BlockBitmap => BlockBitmap.empty(sizeBytes);
  const proof = {
    missing: empty(),
    damaged: empty(),
    stored: new EvenSample(),
    leftOut: new EvenSample(EvenSample.MOST / 2),
    notWanted: new EvenSample(EvenSample.MOST / 2),
  };
  const buffer = new BlockBuffer(CHUNK_BYTES);
  const blocks = blockCount(sizeBytes);
  for (let first = 0; first < blocks; first += CHUNK_BLOCKS) {
    // Everything here is synchronous; the thread must still hear that it is to stop.
    if (first % (64 * CHUNK_BLOCKS) === 0) await new Promise((resolve) => setImmediate(resolve));
    if (signal.aborted) return proof;
    const end = Math.min(first + CHUNK_BLOCKS, blocks);
    if (isEmpty(options, first, end)) takeEmpty(options, proof, first, end);
    else lookAtChunk(options, proof, buffer, first, end);
  }
  return proof;
}

function lookAtChunk(
  options: ProveOptions,
  proof: Proof,
  buffer: BlockBuffer,
  first: number,
  end: number,
): void {
  for (let from = first, to: number; from < end; from = to) {
    to = from + 1;
    const empty = isEmpty(options, from, to);
    while (to < end && isEmpty(options, to, to + 1) === empty) to++;
    if (empty) takeEmpty(options, proof, from, to);
    else lookAt(options, proof, buffer, from, to);
  }
}

/** No data and no checksum: untouched, whatever the file is, without reading it. */
function isEmpty({ sink, sums, base, sizeBytes }: ProveOptions, first: number, end: number): boolean {
  const offset = first * CBT_BLOCK_SIZE;
  const length = Math.min(end * CBT_BLOCK_SIZE, sizeBytes) - offset;
  const noData = sink.holds(offset, length) === 'none' || sink.isHole?.(offset, length) === true;
  return noData && !sums.hasAny(first, end) && base?.hasAny(first, end) !== true;
}

function takeEmpty(
  { wanted, trustedBelow, sizeBytes, increment, counters }: ProveOptions,
  { missing, leftOut, notWanted }: Proof,
  first: number,
  end: number,
): void {
  let kept = 0;
  for (let block = first; block < end; block++) {
    if (wanted?.has(block) === false) {
      notWanted.add(block);
      continue;
    }
    const blockEnd = Math.min((block + 1) * CBT_BLOCK_SIZE, sizeBytes);
    if (blockEnd > trustedBelow) {
      missing.set(block);
      continue;
    }
    kept += blockEnd - block * CBT_BLOCK_SIZE;
    leftOut.add(block);
  }
  counters.add('readBytes', kept);
  counters.add('keptBytes', kept);
  counters.add(increment ? 'equalBytes' : 'zeroBytes', kept);
}

function lookAt(
  options: ProveOptions,
  proof: Proof,
  { memory }: BlockBuffer,
  first: number,
  end: number,
): void {
  const { sink, sizeBytes, wanted } = options;
  const offset = first * CBT_BLOCK_SIZE;
  sink.readBack(offset, memory, BlockBuffer.HEADROOM, Math.min(end * CBT_BLOCK_SIZE, sizeBytes) - offset);
  for (let block = first; block < end; block++) {
    const at = block * CBT_BLOCK_SIZE;
    const start = BlockBuffer.HEADROOM + at - offset;
    const length = Math.min(CBT_BLOCK_SIZE, sizeBytes - at);
    const verdict = judge(options, block, memory, start, length, sink.holds(at, length));
    const isWanted = wanted?.has(block) ?? true;
    if (verdict === 'damaged') proof.damaged.set(block);
    if (verdict === 'damaged' || (verdict === 'missing' && isWanted)) proof.missing.set(block);
    if (verdict !== 'damaged' && !isWanted) proof.notWanted.add(block);
    if (verdict !== 'kept' || !isWanted) continue;
    count(options, block, memory, start, length);
    (options.sums.get(block) === 0n ? proof.leftOut : proof.stored).add(block);
  }
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
