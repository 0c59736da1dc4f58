import { cellOfBlock, rangeOfCell, type BlockRange } from '../../../../shared/blocks/view';
import {
  blocksAt,
  cellRect,
  fit,
  geometry,
  panBy,
  reveal,
  windowOf,
  zoomAt,
  type Viewport,
} from './viewport';

export interface Position {
  readonly viewport: Viewport;
  /** First block of the cell that the keyboard cursor is on. */
  readonly cursor: number | undefined;
  /** Where the selection that Shift extends began. */
  readonly anchor: number | undefined;
  readonly selection: BlockRange | undefined;
}

/** What a key does, without the parts that need the bitmaps (next and previous change). */
export type KeyStep =
  | { readonly kind: 'position'; readonly position: Position }
  | { readonly kind: 'seek'; readonly direction: 'next' | 'previous' };

const arrows: Record<string, readonly [columns: number, rows: number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The effect of a key on the map, or undefined when the key means nothing here. */
export function keyStep(position: Position, key: string, shift: boolean): KeyStep | undefined {
  const { viewport } = position;
  const moved = (change: Partial<Position>): KeyStep => ({
    kind: 'position',
    position: { ...position, ...change },
  });
  const direction = arrows[key];
  if (direction !== undefined) return moved(step(position, direction, shift));
  switch (key) {
    case '+':
    case '=':
      return moved({ viewport: zoomAt(viewport, 2, ...cursorCentre(position)) });
    case '-':
    case '_':
      return moved({ viewport: zoomAt(viewport, 0.5, ...cursorCentre(position)) });
    case '0':
      return moved({ viewport: fit(viewport) });
    case 'PageDown':
      return moved(step(position, [0, pageRows(viewport)], shift));
    case 'PageUp':
      return moved(step(position, [0, -pageRows(viewport)], shift));
    case 'Home':
      return moved(goTo(position, 0, shift));
    case 'End':
      return moved(goTo(position, viewport.blocks - 1, shift));
    case 'n':
      return { kind: 'seek', direction: 'next' };
    case 'p':
      return { kind: 'seek', direction: 'previous' };
    case 'Escape':
      return position.selection === undefined
        ? undefined
        : moved({ selection: undefined, anchor: undefined });
    default:
      return undefined;
  }
}

/** The selection between two cells, both included, whichever comes first. */
export function between(viewport: Viewport, from: number, to: number): BlockRange {
  const [a, b] = [cellOf(viewport, from), cellOf(viewport, to)];
  return { first: Math.min(a.first, b.first), end: Math.max(a.end, b.end) };
}

/** The cell that holds a block, at the viewport's zoom. */
export function cellOf(viewport: Viewport, block: number): BlockRange {
  const { blocksPerCell } = geometry(viewport);
  const first = Math.floor(block / blocksPerCell) * blocksPerCell;
  return { first, end: Math.min(first + blocksPerCell, viewport.blocks) };
}

/** Moves the cursor to a block, and the end of the selection with it if `select`. */
export function goTo(position: Position, block: number, select: boolean): Partial<Position> {
  const { viewport, cursor } = position;
  const to = cellOf(viewport, block).first;
  const moved = { cursor: to, viewport: reveal(viewport, to) };
  if (!select || cursor === undefined) return { ...moved, anchor: undefined };
  const anchor = position.anchor ?? cursor;
  return { ...moved, anchor, selection: between(viewport, anchor, to) };
}

function cursorCentre({ viewport, cursor }: Position): [number, number] {
  const { width, height } = viewport;
  if (cursor === undefined) return [width / 2, height / 2];
  const rect = cellRect(viewport, cursor);
  const [x, y] = [rect.x + rect.width / 2, rect.y + rect.height / 2];
  return x >= 0 && y >= 0 && x <= width && y <= height ? [x, y] : [width / 2, height / 2];
}

const pageRows = (viewport: Viewport): number =>
  Math.max(1, Math.floor((viewport.height / geometry(viewport).cellHeight) * 0.9));

function step(position: Position, by: readonly [number, number], select: boolean): Partial<Position> {
  const { viewport, cursor } = position;
  if (cursor === undefined) {
    const middle = blocksAt(viewport, viewport.width / 2, viewport.height / 2)?.first ?? 0;
    return goTo(position, middle, false);
  }
  const to = neighbour(viewport, cursor, by);
  // Where the disk ends the window may still have something to show.
  if (to === undefined) return { viewport: panBy(viewport, 0, Math.sign(by[1]) * viewport.height) };
  return goTo(position, to, select);
}

/** First block of the cell some columns and rows from the one that holds `block`; no further than the disk. */
function neighbour(viewport: Viewport, block: number, [columns, rows]: readonly [number, number]) {
  const { view } = windowOf(viewport);
  const whole = { ...view, left: 0, top: 0, columns: geometry(viewport).columns };
  const { column, row } = cellOfBlock(whole, block);
  for (let down = rows; ; down -= Math.sign(down)) {
    const found = rangeOfCell(whole, column + columns, row + down);
    if (found !== undefined) return found.first;
    if (Math.abs(down) <= 1) return undefined;
  }
}
