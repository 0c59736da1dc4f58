import type { RankIndex } from '../../../../shared/blocks/rank-index';
import {
  ascendingCounter,
  CELL_FULL,
  CELL_OUTSIDE,
  cellValue,
  eachCell,
  type MapView,
} from '../../../../shared/blocks/view';

/** Rows of the colour table; a cell names the one it takes its colour from. */
export const colourRow = { heat: 0, onlyA: 1, onlyB: 2, both: 3, live: 4, churn: 5, trail: 6 } as const;
export type ColourRow = (typeof colourRow)[keyof typeof colourRow];

/** Which changes a picture shows. Layers are numbered by the caller. */
export type Picture =
  /** One set of blocks. */
  | { readonly kind: 'changes'; readonly layer: number; readonly row?: ColourRow }
  /** Two sets: a cell with blocks of one kind only takes that kind's colour, any other cell that of `both`. */
  | { readonly kind: 'compare'; readonly onlyA: number; readonly onlyB: number; readonly both: number }
  /** In how many of the intervals something in the cell changed. */
  | { readonly kind: 'churn'; readonly layers: readonly number[] }
  /** The newest interval, first in the list, over a fading trail of those before it. */
  | { readonly kind: 'trail'; readonly layers: readonly number[] };

/** Two bytes per cell: a value, and the row of the colour table. */
export function drawPicture(
  picture: Picture,
  indexes: ReadonlyMap<number, RankIndex>,
  view: MapView,
  out: Uint8Array,
): void {
  const valueOf = painter(picture, indexes);
  eachCell(view, (cell, first, end) => {
    const value = first < 0 ? CELL_OUTSIDE : valueOf(first, end);
    out[cell * 2] = value & 0xff;
    out[cell * 2 + 1] = value >> 8;
  });
}

type Painter = (first: number, end: number) => number;

/** A function from blocks to `value | row << 8`. */
function painter(picture: Picture, indexes: ReadonlyMap<number, RankIndex>): Painter {
  const counter = (layer: number): Painter => {
    const index = indexes.get(layer);
    if (index === undefined) throw new Error(`layer ${layer} is not loaded`);
    return ascendingCounter(index);
  };
  switch (picture.kind) {
    case 'changes': {
      const count = counter(picture.layer);
      const row = (picture.row ?? colourRow.heat) << 8;
      return (first, end) => {
        const value = cellValue(count(first, end), end - first);
        return value === 0 ? 0 : value | row;
      };
    }
    case 'compare':
      return compared(counter(picture.onlyA), counter(picture.onlyB), counter(picture.both));
    case 'churn':
      return churned(picture.layers.map(counter));
    case 'trail':
      return trailing(picture.layers.map(counter));
  }
}

function compared(countA: Painter, countB: Painter, countBoth: Painter): Painter {
  return (first, end) => {
    const [a, b, both] = [countA(first, end), countB(first, end), countBoth(first, end)];
    const value = cellValue(a + b + both, end - first);
    if (value === 0) return 0;
    const row = b + both === 0 ? colourRow.onlyA : a + both === 0 ? colourRow.onlyB : colourRow.both;
    return value | (row << 8);
  };
}

/** The value of a cell that changed in `touched` of `intervals` intervals. */
export const churnValue = (touched: number, intervals: number): number =>
  cellValue(touched, Math.max(1, intervals));

function churned(counts: readonly Painter[]): Painter {
  return (first, end) => {
    let touched = 0;
    for (const count of counts) if (count(first, end) > 0) touched++;
    return touched === 0 ? 0 : churnValue(touched, counts.length) | (colourRow.churn << 8);
  };
}

function trailing([newest, ...older]: readonly Painter[]): Painter {
  return (first, end) => {
    const value = newest === undefined ? 0 : cellValue(newest(first, end), end - first);
    if (value !== 0) return value | (colourRow.heat << 8);
    const age = older.findIndex((count) => count(first, end) > 0);
    return age < 0 ? 0 : trailValue(age, older.length) | (colourRow.trail << 8);
  };
}

/** The value of a cell that last changed `age` intervals before the one before the newest. */
export const trailValue = (age: number, length: number): number =>
  Math.max(1, Math.round(CELL_FULL * (1 - age / length)));
