import type { BlockBitmap } from './bitmap';
import { CBT_BLOCK_SIZE } from './extent';
import { popcount32 } from './popcount';
import { inOrder, readWords } from './words';

/** The numbers beside a heatmap. Bytes count the short last block at its true length. */
export interface ChangeStatistics {
  readonly changedBlocks: number;
  readonly changedBytes: number;
  /** Changed bytes over disk size, 0 to 1. */
  readonly share: number;
  /** Runs of adjacent changed blocks. */
  readonly extents: number;
  readonly meanExtentBytes: number;
  readonly largestExtentBytes: number;
  /** Bytes a tool would read that works in units of `unitBytes` and takes every unit that holds a change. */
  readonly amplification: readonly {
    readonly unitBytes: number;
    readonly bytes: number;
    readonly factor: number;
  }[];
}

const UNITS = [64 * 1024, 256 * 1024, 2 * 1024 * 1024];

/** One pass over the bitmap, 32 blocks at a time: 16 TiB take some ten milliseconds, however they changed. */
export function changeStatistics(bitmap: BlockBitmap): ChangeStatistics {
  const { sizeBytes, blocks } = bitmap;
  const { changed, runs, quarters, words } = scan(bitmap);
  const lastChanged = bitmap.has(blocks - 1);
  // A unit that holds the disk's end is counted as far as the disk goes.
  const beyond = (unitBytes: number) => Math.ceil(sizeBytes / unitBytes) * unitBytes - sizeBytes;
  const changedBytes = changed * CBT_BLOCK_SIZE - (lastChanged ? beyond(CBT_BLOCK_SIZE) : 0);
  const { longest, last } = longestRuns(bitmap, blocks - 1);
  const lastRunBytes = lastChanged ? last * CBT_BLOCK_SIZE + bitmap.blockLength(blocks - 1) : 0;
  return {
    changedBlocks: changed,
    changedBytes,
    share: sizeBytes === 0 ? 0 : changedBytes / sizeBytes,
    extents: runs,
    meanExtentBytes: runs === 0 ? 0 : changedBytes / runs,
    largestExtentBytes: Math.max(longest * CBT_BLOCK_SIZE, lastRunBytes),
    amplification: UNITS.map((unitBytes, at) => {
      const perUnit = unitBytes / CBT_BLOCK_SIZE;
      const lastUnit = Math.floor((blocks - 1) / perUnit) * perUnit;
      const lastIsTaken = bitmap.runs(lastUnit).next().done !== true;
      const bytes = [changed, quarters, words][at] * unitBytes - (lastIsTaken ? beyond(unitBytes) : 0);
      return { unitBytes, bytes, factor: changedBytes === 0 ? 1 : bytes / changedBytes };
    }),
  };
}

/** Counts of a bitmap: changed blocks, runs of them, groups of 4 and of 32 with a change. */
function scan(bitmap: BlockBitmap) {
  let [changed, runs, quarters, words, before] = [0, 0, 0, 0, 0];
  const all = readWords(bitmap);
  for (let at = 0; at < all.length; at++) {
    const word = inOrder(all[at]);
    if (word !== 0) {
      words++;
      changed += popcount32(word);
      runs += popcount32(word & ~((word >>> 1) | (before << 31)));
      const pairs = word | (word >>> 1);
      quarters += popcount32((pairs | (pairs >>> 2)) & 0x11111111);
    }
    before = word & 1;
  }
  return { changed, runs, quarters, words };
}

/** The longest run of changed blocks among the first `blocks`, and the one that ends with the last of them. */
function longestRuns(bitmap: BlockBitmap, blocks: number): { longest: number; last: number } {
  const words = readWords(bitmap);
  let longest = 0;
  let open = 0;
  const whole = blocks >>> 5;
  for (let at = 0; at < whole; at++) {
    const word = inOrder(words[at]);
    if (word === -1) {
      open += 32;
      continue;
    }
    if (open > 0) longest = Math.max(longest, open + Math.clz32(~word));
    // Runs inside the word: each shift shortens all of them by one.
    let left = word;
    for (let shift = 0; shift < longest && left !== 0; shift++) left &= left << 1;
    for (; left !== 0; left &= left << 1) longest++;
    open = (word & 1) === 0 ? 0 : 31 - Math.clz32(~word & -~word);
  }
  for (let block = whole * 32; block < blocks; block++) {
    if (bitmap.has(block)) open++;
    else {
      longest = Math.max(longest, open);
      open = 0;
    }
  }
  return { longest: Math.max(longest, open), last: open };
}
