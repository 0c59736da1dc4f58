import { hilbertOrder, hilbertPlace, hilbertPosition } from './hilbert';
import type { RankIndex } from './rank-index';

/**
 * What part of a disk a picture shows. Cells are counted from the top left corner of the whole map; a cell stands for
 * `blocksPerCell` adjacent blocks.
 *
 * linear: the map is `columns` cells wide and as high as the disk needs; the window starts at row `top`, `left` is 0.
 * hilbert: the map is a square of 2^order cells; `blocksPerCell` is a power of four.
 */
export interface MapView {
  readonly layout: 'linear' | 'hilbert';
  readonly blocks: number;
  readonly blocksPerCell: number;
  /** First column and row of the window, in cells. */
  readonly left: number;
  readonly top: number;
  /** Size of the window in cells. */
  readonly columns: number;
  readonly rows: number;
}

/** A half-open range of blocks. */
export interface BlockRange {
  readonly first: number;
  readonly end: number;
}

const orderOf = (view: MapView): number => hilbertOrder(Math.ceil(view.blocks / view.blocksPerCell));

/** The blocks behind a cell of the window, or undefined where the disk has none. */
export function rangeOfCell(view: MapView, column: number, row: number): BlockRange | undefined {
  let cell: number;
  if (view.layout === 'linear') {
    cell = (view.top + row) * view.columns + column;
  } else {
    const [x, y] = [view.left + column, view.top + row];
    const order = orderOf(view);
    if (x < 0 || y < 0 || x >= 2 ** order || y >= 2 ** order) return undefined;
    cell = hilbertPosition(order, x, y);
  }
  const first = cell * view.blocksPerCell;
  if (cell < 0 || first >= view.blocks) return undefined;
  return { first, end: Math.min(first + view.blocksPerCell, view.blocks) };
}

/** The cell of the window in which a block lies; it may lie outside of the window. */
export function cellOfBlock(view: MapView, block: number): { column: number; row: number } {
  const cell = Math.floor(block / view.blocksPerCell);
  if (view.layout === 'linear') {
    return { column: cell % view.columns, row: Math.floor(cell / view.columns) - view.top };
  }
  const { x, y } = hilbertPlace(orderOf(view), cell);
  return { column: x - view.left, row: y - view.top };
}

/** Value of a cell in which nothing changed, and of a cell beyond the disk. */
export const CELL_UNCHANGED = 0;
export const CELL_OUTSIDE = 255;
/** The brightest value: every block of the cell changed. A single changed block in any cell is at least 1. */
export const CELL_FULL = 254;

/** Share of changed blocks as a cell value; never 0 when anything changed. */
export function cellValue(changed: number, blocks: number): number {
  if (changed === 0) return CELL_UNCHANGED;
  return Math.max(1, Math.round((changed / blocks) * CELL_FULL));
}

/** One byte per cell of the window, row by row. */
export function fillCells(index: RankIndex, view: MapView, out: Uint8Array): void {
  if (view.layout === 'linear') fillLinear(index, view, out);
  else fillHilbert(index, view, out);
}

function fillLinear(index: RankIndex, view: MapView, out: Uint8Array): void {
  const { blocksPerCell, blocks } = view;
  const cells = view.columns * view.rows;
  let block = view.top * view.columns * blocksPerCell;
  let before = index.countBefore(block);
  for (let cell = 0; cell < cells; cell++) {
    if (block >= blocks) {
      out.fill(CELL_OUTSIDE, cell, cells);
      return;
    }
    const end = Math.min(block + blocksPerCell, blocks);
    const after = index.countBefore(end);
    out[cell] = cellValue(after - before, end - block);
    before = after;
    block = end;
  }
}

function fillHilbert(index: RankIndex, view: MapView, out: Uint8Array): void {
  const order = orderOf(view);
  const side = 2 ** order;
  let cell = 0;
  for (let row = 0; row < view.rows; row++) {
    const y = view.top + row;
    for (let column = 0; column < view.columns; column++, cell++) {
      const x = view.left + column;
      if (x < 0 || y < 0 || x >= side || y >= side) {
        out[cell] = CELL_OUTSIDE;
        continue;
      }
      const first = hilbertPosition(order, x, y) * view.blocksPerCell;
      if (first >= view.blocks) {
        out[cell] = CELL_OUTSIDE;
        continue;
      }
      const end = Math.min(first + view.blocksPerCell, view.blocks);
      out[cell] = cellValue(index.count(first, end), end - first);
    }
  }
}
