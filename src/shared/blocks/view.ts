import { hilbertOrder, hilbertPlace, hilbertPosition } from './hilbert';
import type { RankIndex } from './rank-index';

/**
 * What part of a disk a picture shows. Cells are counted from the top left corner of the whole map; a cell stands for
 * `blocksPerCell` adjacent blocks.
 *
 * linear: the map is `columns` cells wide and as high as the disk needs; the window starts at row `top`, `left` is 0.
 * hilbert: the map is a row of squares of 2^order cells a side, each filled along the curve from its top left corner to
 * its top right one, where the next square begins; `blocksPerCell` is a power of four.
 */
export interface MapView {
  readonly layout: 'linear' | 'hilbert';
  readonly blocks: number;
  readonly blocksPerCell: number;
  /** Hilbert only: of one square. Without it the map is a single square that holds the disk. */
  readonly order?: number;
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

/** The order of the squares of a view along the curve. */
export const orderOf = ({ order, blocks, blocksPerCell }: MapView): number =>
  order ?? hilbertOrder(Math.ceil(blocks / blocksPerCell));

/** The number of a cell along the curve through squares of an order; `x` and `y` from the map's top left corner. */
export function curvePosition(order: number, x: number, y: number): number {
  const side = 2 ** order;
  const square = Math.floor(x / side);
  return square * side * side + hilbertPosition(order, x - square * side, y);
}

/** The inverse: the place of a cell on the map. */
export function curvePlace(order: number, cell: number): { x: number; y: number } {
  const square = Math.floor(cell / 4 ** order);
  const { x, y } = hilbertPlace(order, cell - square * 4 ** order);
  return { x: square * 2 ** order + x, y };
}

/** The blocks behind a cell of the window, or undefined where the disk has none. */
export function rangeOfCell(view: MapView, column: number, row: number): BlockRange | undefined {
  let cell: number;
  if (view.layout === 'linear') {
    cell = (view.top + row) * view.columns + column;
  } else {
    const [x, y] = [view.left + column, view.top + row];
    const order = orderOf(view);
    if (x < 0 || y < 0 || y >= 2 ** order) return undefined;
    cell = curvePosition(order, x, y);
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
  const { x, y } = curvePlace(orderOf(view), cell);
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
  const count = ascendingCounter(index);
  eachCell(view, (cell, first, end) => {
    out[cell] = first < 0 ? CELL_OUTSIDE : cellValue(count(first, end), end - first);
  });
}

/** As `index.count`, at half the cost for ranges of which each begins where the last one ended. */
export function ascendingCounter(index: RankIndex): (first: number, end: number) => number {
  let lastEnd = 0;
  let below = 0;
  return (first, end) => {
    const before = first === lastEnd ? below : index.countBefore(first);
    below = index.countBefore(end);
    lastEnd = end;
    return below - before;
  };
}

/** Visits the cells of the window row by row with their blocks `[first, end)`; `first` is -1 where the disk has none. */
export function eachCell(view: MapView, visit: (cell: number, first: number, end: number) => void): void {
  if (view.layout === 'linear') eachLinear(view, visit);
  else eachHilbert(view, visit);
}

function eachLinear(view: MapView, visit: (cell: number, first: number, end: number) => void): void {
  const { blocksPerCell, blocks } = view;
  const cells = view.columns * view.rows;
  let first = view.top * view.columns * blocksPerCell;
  for (let cell = 0; cell < cells; cell++, first += blocksPerCell) {
    if (first < blocks) visit(cell, first, Math.min(first + blocksPerCell, blocks));
    else visit(cell, -1, -1);
  }
}

function eachHilbert(view: MapView, visit: (cell: number, first: number, end: number) => void): void {
  const { blocksPerCell, blocks, left, top, columns, rows } = view;
  const order = orderOf(view);
  const side = 2 ** order;
  for (let row = 0, cell = 0; row < rows; row++) {
    const y = top + row;
    for (let column = 0; column < columns; column++, cell++) {
      const x = left + column;
      const inside = x >= 0 && y >= 0 && y < side;
      const first = inside ? curvePosition(order, x, y) * blocksPerCell : blocks;
      if (first < blocks) visit(cell, first, Math.min(first + blocksPerCell, blocks));
      else visit(cell, -1, -1);
    }
  }
}
