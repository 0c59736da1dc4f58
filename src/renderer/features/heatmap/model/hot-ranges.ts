import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import { changedBytesIn, type RankIndex } from '../../../../shared/blocks/rank-index';

/** A stretch of the disk with many changes. */
export interface HotRange {
  readonly firstBlock: number;
  readonly endBlock: number;
  readonly changedBytes: number;
}

const SLICES = 512;

/**
 * The stretches that hold most of the changes: the disk in at most 512 slices, slices with at least twice the mean
 * density joined with their neighbours, trimmed to the first and last change, most changed first.
 */
export function hotRanges(index: RankIndex, sizeBytes: number, limit = 20): HotRange[] {
  if (index.total === 0) return [];
  const slice = Math.max(1, Math.ceil(index.blocks / SLICES));
  const threshold = Math.min(slice, Math.max(1, (2 * index.total * slice) / index.blocks));
  const ranges: HotRange[] = [];
  let start: number | undefined;
  for (let first = 0; first < index.blocks + slice; first += slice) {
    const end = Math.min(first + slice, index.blocks);
    const hot = first < end && index.count(first, end) >= (threshold * (end - first)) / slice;
    if (hot) start ??= first;
    else if (start !== undefined) {
      ranges.push(trimmed(index, sizeBytes, start, Math.min(first, index.blocks)));
      start = undefined;
    }
  }
  return ranges
    .sort((a, b) => b.changedBytes - a.changedBytes || a.firstBlock - b.firstBlock)
    .slice(0, limit);
}

function trimmed(index: RankIndex, sizeBytes: number, first: number, end: number): HotRange {
  const firstBlock = index.nextChanged(first) ?? first;
  const endBlock = (index.previousChanged(end) ?? end - 1) + 1;
  const length = (endBlock - firstBlock) * CBT_BLOCK_SIZE;
  return {
    firstBlock,
    endBlock,
    changedBytes: changedBytesIn(index, sizeBytes, firstBlock * CBT_BLOCK_SIZE, length),
  };
}
