import { BlockBitmap } from '../../src/shared/blocks/bitmap';
import { RankIndex } from '../../src/shared/blocks/rank-index';
import { numbersFrom } from './numbers';
import { median } from './statistics';

export interface IndexTimes {
  readonly title: string;
  readonly changed: number;
  readonly indexMs: number;
  readonly scanMs: number;
  readonly queryUs: number;
}

const SIZE_BYTES = 16 * 1024 ** 4;
const QUERIES = 100_000;

/** The heatmap's work on a disk of 16 TiB: index it, walk its extents, count ranges. */
export function measureHeatmapIndex(rounds: number): IndexTimes[] {
  return [
    times('nothing changed', () => undefined, rounds),
    times('5 % in runs of 43', (bitmap) => markRuns(bitmap, 43), rounds),
    times('5 % alone', (bitmap) => markRuns(bitmap, 1), rounds),
  ];
}

function markRuns(bitmap: BlockBitmap, length: number): void {
  for (let first = 0; first + length <= bitmap.blocks; first += 20 * length)
    for (let block = first; block < first + length; block++) bitmap.set(block);
}

function times(title: string, mark: (bitmap: BlockBitmap) => void, rounds: number): IndexTimes {
  const bitmap = BlockBitmap.empty(SIZE_BYTES);
  mark(bitmap);
  const index = new RankIndex(bitmap);
  const numbers = numbersFrom(3);
  const repeat = (work: () => void): number =>
    median(
      Array.from({ length: rounds }, () => {
        const started = performance.now();
        work();
        return performance.now() - started;
      }),
    );
  let sink = 0;
  const query = (): void => {
    for (let i = 0; i < QUERIES; i++) {
      const from = numbers.below(0, bitmap.blocks);
      sink += index.count(from, numbers.below(from, bitmap.blocks));
    }
  };
  const scan = (): void => {
    for (const { length } of bitmap.extents()) sink += length;
  };
  const result = {
    title,
    changed: index.total,
    indexMs: repeat(() => (sink += new RankIndex(bitmap).total)),
    scanMs: repeat(scan),
    queryUs: (1000 * repeat(query)) / QUERIES,
  };
  if (sink < 0) throw new Error('the work must not be optimised away');
  return result;
}
