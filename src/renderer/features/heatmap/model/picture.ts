import type { RankIndex } from '../../../../shared/blocks/rank-index';
import {
  CELL_OUTSIDE,
  cellValue,
  rangeOfCell,
  type BlockRange,
  type MapView,
} from '../../../../shared/blocks/view';

/** Which changes a picture shows. Layers are numbered by the caller. */
export type Picture =
  | { readonly kind: 'changes'; readonly layer: number }
  | { readonly kind: 'compare'; readonly onlyA: number; readonly onlyB: number; readonly both: number }
  | { readonly kind: 'churn'; readonly layers: readonly number[] };

/** State of a block while an export runs; 0 where the job has nothing to do. */
export type LiveState = 'queued' | 'reading' | 'done' | 'retried' | 'failed';

/** Row of the colour table a cell takes its colour from. */
export const colourRow = { heat: 0, onlyA: 1, onlyB: 2, both: 3, live: 4 } as const;

/** Values within the live row. */
export const liveValue: Record<LiveState, number> = {
  queued: 50,
  reading: 100,
  done: 150,
  retried: 200,
  failed: 250,
};

/** Two bytes per cell: a value, and the row of the colour table. */
export function drawPicture(
  picture: Picture,
  indexes: ReadonlyMap<number, RankIndex>,
  view: MapView,
  out: Uint8Array,
): void {
  const valueOf = painter(picture, indexes);
  let at = 0;
  for (let row = 0; row < view.rows; row++) {
    for (let column = 0; column < view.columns; column++, at += 2) {
      const range = rangeOfCell(view, column, row);
      if (range === undefined) {
        out[at] = CELL_OUTSIDE;
        out[at + 1] = 0;
        continue;
      }
      const cell = valueOf(range);
      out[at] = cell & 0xff;
      out[at + 1] = cell >> 8;
    }
  }
}

/** A function from blocks to `value | row << 8`. */
function painter(picture: Picture, indexes: ReadonlyMap<number, RankIndex>): (range: BlockRange) => number {
  const counter = (layer: number) => {
    const index = indexes.get(layer);
    return ({ first, end }: BlockRange) => index?.count(first, end) ?? 0;
  };
  if (picture.kind === 'changes') {
    const count = counter(picture.layer);
    return (range) => cellValue(count(range), range.end - range.first);
  }
  if (picture.kind === 'churn') {
    const counts = picture.layers.map(counter);
    return (range) => {
      let sum = 0;
      for (const count of counts) sum += count(range);
      return cellValue(sum, (range.end - range.first) * Math.max(1, counts.length));
    };
  }
  const [countA, countB, countBoth] = [picture.onlyA, picture.onlyB, picture.both].map(counter);
  return (range) => {
    const [a, b, both] = [countA(range), countB(range), countBoth(range)];
    // A cell whose blocks are of several kinds is drawn as "both"; at one block per cell there is no such cell.
    const row = b + both === 0 ? colourRow.onlyA : a + both === 0 ? colourRow.onlyB : colourRow.both;
    return cellValue(a + b + both, range.end - range.first) | (row << 8);
  };
}
