import type { RankIndex } from '../../../../shared/blocks/rank-index';

/** A stretch of the disk with many changes. */
export interface HotRange {
  readonly firstBlock: number;
  readonly endBlock: number;
  readonly changedBlocks: number;
}

const SLICES = 512;

/**
 * The stretches that hold most of the changes: the disk in at most 512 slices, slices with at least twice the mean
 * density joined with their neighbours, trimmed to the first and last change, most changed first.
 */
export function hotRanges(index: RankIndex, limit = 20): HotRange[] {
  if (index.total === 0) return [];
  const slice = Math.max(1, Math.ceil(index.blocks / SLICES));
  const threshold = Math.min(slice, Math.max(1, (2 * index.total * slice) / index.blocks));
  const ranges: HotRange[] = [];
  let start: number | undefined;
  for (let first = 0; first <= index.blocks; first += slice) {
    const hot = first < index.blocks && index.count(first, first + slice) >= threshold;
    if (hot && start === undefined) start = first;
    if (!hot && start !== undefined) {
      ranges.push(trimmed(index, start, Math.min(first, index.blocks)));
      start = undefined;
    }
  }
  if (start !== undefined) ranges.push(trimmed(index, start, index.blocks));
  return ranges
    .sort((a, b) => b.changedBlocks - a.changedBlocks || a.firstBlock - b.firstBlock)
    .slice(0, limit);
}

function trimmed(index: RankIndex, first: number, end: number): HotRange {
  const firstBlock = index.nextChanged(first) ?? first;
  const endBlock = (index.previousChanged(end) ?? end - 1) + 1;
  return { firstBlock, endBlock, changedBlocks: index.count(firstBlock, endBlock) };
}
