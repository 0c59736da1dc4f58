import { hilbertPlace } from '../../../../shared/blocks/hilbert';
import { curvePosition, orderOf, type BlockRange, type MapView } from '../../../../shared/blocks/view';
import type { Window } from './viewport';

/** SVG paths, in pixels of the window, of the visible cells of a range of blocks. */
export interface RangeShape {
  readonly fill: string;
  readonly outline: string;
}

const NOTHING: RangeShape = { fill: '', outline: '' };

/** The shape of the cells that hold any block of a range, found without looking at each of them. */
export function rangeShape(window: Window, range: BlockRange): RangeShape {
  const { blocksPerCell } = window.view;
  return shapeOf(window, {
    first: Math.floor(range.first / blocksPerCell),
    end: Math.ceil(range.end / blocksPerCell),
  });
}

/**
 * As {@link rangeShape}, for ranges that meet: a cell that two of them share belongs to the later one, so that one
 * line runs between them. A range that begins in no cell of its own has no shape.
 */
export function tiledShape(window: Window, range: BlockRange): RangeShape {
  const { blocksPerCell, blocks } = window.view;
  const end = range.end >= blocks ? Math.ceil(blocks / blocksPerCell) : Math.floor(range.end / blocksPerCell);
  return shapeOf(window, { first: Math.floor(range.first / blocksPerCell), end });
}

function shapeOf(window: Window, cells: BlockRange): RangeShape {
  if (cells.end <= cells.first) return NOTHING;
  return window.view.layout === 'linear' ? staircase(window, cells) : curve(window, cells);
}

/** Rows of a linear map: at most a polygon of eight corners. */
function staircase({ view, cellWidth, cellHeight, offsetX, offsetY }: Window, cells: BlockRange): RangeShape {
  const { columns, top, rows } = view;
  const last = cells.end - 1;
  let [fromRow, fromColumn] = [Math.floor(cells.first / columns) - top, cells.first % columns];
  let [toRow, toColumn] = [Math.floor(last / columns) - top, (last % columns) + 1];
  if (toRow < 0 || fromRow >= rows) return NOTHING;
  if (fromRow < 0) [fromRow, fromColumn] = [0, 0];
  if (toRow >= rows) [toRow, toColumn] = [rows - 1, columns];
  const at = (column: number, row: number) => `${offsetX + column * cellWidth} ${offsetY + row * cellHeight}`;
  const polygon = (...corners: readonly (readonly [number, number])[]) =>
    `M${corners.map(([column, row]) => at(column, row)).join('L')}Z`;
  const rectangle = (left: number, right: number, upper: number, lower: number) =>
    polygon([left, upper], [right, upper], [right, lower], [left, lower]);
  let path: string;
  if (fromRow === toRow) path = rectangle(fromColumn, toColumn, fromRow, fromRow + 1);
  else if (toRow === fromRow + 1 && toColumn <= fromColumn)
    path = rectangle(fromColumn, columns, fromRow, toRow) + rectangle(0, toColumn, toRow, toRow + 1);
  else
    path = polygon(
      [fromColumn, fromRow],
      [columns, fromRow],
      [columns, toRow],
      [toColumn, toRow],
      [toColumn, toRow + 1],
      [0, toRow + 1],
      [0, fromRow + 1],
      [fromColumn, fromRow + 1],
    );
  return { fill: path, outline: path };
}

interface Square {
  readonly column: number;
  readonly row: number;
  readonly side: number;
}

/** The curve fills squares of a power of two a side: a range is a few of them, and its outline is some of their edges. */
function curve(window: Window, cells: BlockRange): RangeShape {
  const { view, cellWidth, cellHeight, offsetX, offsetY } = window;
  const order = orderOf(view);
  const squares = [...squaresOf(view, order, cells)];
  const x = (column: number) => offsetX + (column - view.left) * cellWidth;
  const y = (row: number) => offsetY + (row - view.top) * cellHeight;
  const fill = squares.map(
    ({ column, row, side }) =>
      `M${x(column)} ${y(row)}h${side * cellWidth}v${side * cellHeight}h${-side * cellWidth}z`,
  );
  const limit = 2 ** order;
  const isInside = (column: number, row: number) => {
    if (column < 0 || row < 0 || row >= limit) return false;
    const position = curvePosition(order, column, row);
    return position >= cells.first && position < cells.end;
  };
  const outline: string[] = [];
  for (const square of squares) {
    const columns = clipped(square.column, square.side, view.left, view.columns);
    const rows = clipped(square.row, square.side, view.top, view.rows);
    const bottom = square.row + square.side;
    const right = square.column + square.side;
    for (const [edge, cell, beyond] of [
      [square.row, square.row, square.row - 1],
      [bottom, bottom - 1, bottom],
    ] as const) {
      if (!isShown(cell, view.top, view.rows)) continue;
      for (const [from, to] of gaps(columns, (column) => isInside(column, beyond)))
        outline.push(`M${x(from)} ${y(edge)}H${x(to)}`);
    }
    for (const [edge, cell, beyond] of [
      [square.column, square.column, square.column - 1],
      [right, right - 1, right],
    ] as const) {
      if (!isShown(cell, view.left, view.columns)) continue;
      for (const [from, to] of gaps(rows, (row) => isInside(beyond, row)))
        outline.push(`M${x(edge)} ${y(from)}V${y(to)}`);
    }
  }
  return { fill: fill.join(''), outline: outline.join('') };
}

/** The visible squares that together hold exactly the cells of the range. */
function* squaresOf(view: MapView, order: number, cells: BlockRange): Generator<Square> {
  const count = 4 ** order;
  for (let at = Math.floor(cells.first / count); at * count < cells.end; at++) {
    const inside = { first: cells.first - at * count, end: cells.end - at * count };
    yield* partsOf(view, order, inside, at * 2 ** order, order, 0);
  }
}

/** The parts of one square of the map that begins at column `left`: quarters of quarters, `level` halvings from a cell. */
function* partsOf(
  view: MapView,
  order: number,
  cells: BlockRange,
  left: number,
  level: number,
  at: number,
): Generator<Square> {
  const count = 4 ** level;
  const first = at * count;
  if (first >= cells.end || first + count <= cells.first) return;
  const { x, y } = hilbertPlace(order - level, at);
  const side = 2 ** level;
  const [column, row] = [left + x * side, y * side];
  const outside =
    column >= view.left + view.columns ||
    column + side <= view.left ||
    row >= view.top + view.rows ||
    row + side <= view.top;
  if (outside) return;
  if (first >= cells.first && first + count <= cells.end) yield { column, row, side };
  else
    for (let part = 0; part < 4; part++) yield* partsOf(view, order, cells, left, level - 1, at * 4 + part);
}

const isShown = (cell: number, low: number, room: number) => cell >= low && cell < low + room;
const clipped = (from: number, length: number, low: number, room: number): [number, number] => [
  Math.max(from, low),
  Math.min(from + length, low + room),
];

/** Runs of a line of cells for which `isCovered` is false, as `[from, to)`. */
function* gaps(
  [from, to]: readonly [number, number],
  isCovered: (at: number) => boolean,
): Generator<[number, number]> {
  let start: number | undefined;
  for (let at = from; at < to; at++) {
    if (!isCovered(at)) start ??= at;
    else if (start !== undefined) {
      yield [start, at];
      start = undefined;
    }
  }
  if (start !== undefined) yield [start, to];
}
