import { randomBytes } from 'node:crypto';
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { blockCount, CBT_BLOCK_SIZE, type Extent } from '../../src/shared/blocks/extent';
import { BlockBitmap } from '../../src/shared/blocks/bitmap';
import { numbersFrom } from './numbers';

const MIB = 1024 * 1024;
const PAGE = 4096;
const RUN_BLOCKS = 96;

/**
 * A disk that is half random data, half zeros, in runs of 64 KiB to 6 MiB, the same layout each time. The zeros are
 * written, not left as holes: the server has them to send. Only the first zero page is a hole: nbdkit looks for one for
 * each connection, which takes it 30 ms where there is none.
 */
export function makeSourceDisk(path: string, sizeBytes: number): void {
  const random = randomBytes(16 * MIB);
  const zeros = Buffer.alloc(16 * MIB);
  const numbers = numbersFrom(1);
  const fd = openSync(path, 'wx');
  let isData = true;
  let hasHole = false;
  for (let at = 0; at < sizeBytes; isData = !isData) {
    const length = Math.min(CBT_BLOCK_SIZE * numbers.below(1, RUN_BLOCKS + 1), sizeBytes - at);
    const shift = isData ? 512 * numbers.below(0, (random.length - length) / 512) : 0;
    const skip = isData || hasHole ? 0 : PAGE;
    hasHole ||= !isData;
    writeSync(fd, isData ? random : zeros, shift, length - skip, at + skip);
    at += length;
  }
  closeSync(fd);
}

/** What changed since the last export: which blocks, and the same as merged extents. */
export interface ChangedBlocks {
  readonly bitmapFile: string;
  /** Pairs of 64-bit little-endian offset and length. */
  readonly extentsFile: string;
  readonly blocks: number;
  readonly runs: number;
  /** 2 MiB blocks that hold a changed one: what a whole-block increment reads and stores. */
  readonly vhdBlocks: number;
}

/**
 * Marks `share` of the blocks: half of them alone, half in runs of 4 to 12, all within the busier half of the disk's
 * 64 MiB regions, as the days of a file server look.
 */
export function makeChangedBlocks(folder: string, sizeBytes: number, share: number): ChangedBlocks {
  const blocks = blockCount(sizeBytes);
  const wanted = Math.round(blocks * share);
  const numbers = numbersFrom(2);
  const region = (64 * MIB) / CBT_BLOCK_SIZE;
  const bitmap = BlockBitmap.empty(sizeBytes);
  let marked = 0;
  const mark = (block: number): void => {
    if (block >= blocks || marked === wanted || bitmap.has(block)) return;
    bitmap.set(block);
    marked++;
  };
  while (marked < wanted) {
    const busy = 2 * numbers.below(0, Math.max(1, blocks / region / 2));
    const first = busy * region + numbers.below(0, region);
    const run = marked < wanted / 2 ? 1 : numbers.below(4, 13);
    for (let block = first; block < first + run; block++) mark(block);
  }
  const extents = [...bitmap.extents()];
  const bitmapFile = `${folder}/changed.bin`;
  const extentsFile = `${folder}/changed.extents`;
  writeFileSync(bitmapFile, bitmap.bytes);
  writeFileSync(extentsFile, pairsOf(extents));
  const vhdBlocks = new Set<number>();
  for (const { offset, length } of extents)
    for (let at = offset; at < offset + length; at += CBT_BLOCK_SIZE)
      vhdBlocks.add(Math.floor(at / (2 * MIB)));
  return { bitmapFile, extentsFile, blocks: marked, runs: extents.length, vhdBlocks: vhdBlocks.size };
}

function pairsOf(extents: readonly Extent[]): Buffer {
  const bytes = Buffer.alloc(extents.length * 16);
  for (const [at, { offset, length }] of extents.entries()) {
    bytes.writeBigUInt64LE(BigInt(offset), at * 16);
    bytes.writeBigUInt64LE(BigInt(length), at * 16 + 8);
  }
  return bytes;
}
