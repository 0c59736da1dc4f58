import type { BlockRange } from '../../../../shared/blocks/view';
import { blocksAt, cellRect, fit, geometry, panBy, reveal, zoomAt, type Viewport } from './viewport';

export interface Position {
  readonly viewport: Viewport;
  /** First block of the cell that the keyboard cursor is on. */
  readonly cursor: number | undefined;
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
  const middle = cursorCentre(position);
  const moved = (change: Partial<Position>): KeyStep => ({
    kind: 'position',
    position: { ...position, ...change },
  });
  const direction = arrows[key];
  if (direction !== undefined) return moved(moveCursor(position, direction, shift));
  switch (key) {
    case '+':
    case '=':
      return moved({ viewport: zoomAt(viewport, 2, ...middle) });
    case '-':
    case '_':
      return moved({ viewport: zoomAt(viewport, 0.5, ...middle) });
    case '0':
      return moved({ viewport: fit(viewport) });
    case 'PageDown':
      return moved({ viewport: panBy(viewport, 0, viewport.height * 0.9) });
    case 'PageUp':
      return moved({ viewport: panBy(viewport, 0, -viewport.height * 0.9) });
    case 'Home':
      return moved({ cursor: 0, viewport: reveal(viewport, 0) });
    case 'End':
      return moved({ cursor: viewport.blocks - 1, viewport: reveal(viewport, viewport.blocks - 1) });
    case 'n':
      return { kind: 'seek', direction: 'next' };
    case 'p':
      return { kind: 'seek', direction: 'previous' };
    case 'Escape':
      return position.selection === undefined ? undefined : moved({ selection: undefined });
    default:
      return undefined;
  }
}

function cursorCentre({ viewport, cursor }: Position): [number, number] {
  if (cursor === undefined) return [viewport.width / 2, viewport.height / 2];
  const { x, y, size } = cellRect(viewport, cursor);
  return [x + size / 2, y + size / 2];
}

function moveCursor(
  position: Position,
  [columns, rows]: readonly [number, number],
  select: boolean,
): Partial<Position> {
  const { viewport, cursor } = position;
  const from = cursor ?? blocksAt(viewport, viewport.width / 2, viewport.height / 2)?.first ?? 0;
  if (cursor === undefined) return { cursor: from, viewport: reveal(viewport, from) };
  const to = neighbour(viewport, from, columns, rows);
  if (to === undefined) return {};
  return {
    cursor: to,
    viewport: reveal(viewport, to),
    selection: select
      ? extend(position.selection, cellBlocks(viewport, from), cellBlocks(viewport, to))
      : position.selection,
  };
}

/** First block of the cell next to the one that holds `block`. */
function neighbour(viewport: Viewport, block: number, columns: number, rows: number): number | undefined {
  const shown = reveal(viewport, block);
  if (viewport.layout === 'linear') {
    const { blocksPerCell, columns: width } = geometry(viewport);
    const cell = Math.floor(block / blocksPerCell) + columns + rows * width;
    const first = cell * blocksPerCell;
    return cell < 0 || first >= viewport.blocks ? undefined : first;
  }
  const { x, y, size } = cellRect(shown, block);
  const target = panBy(shown, columns * size, rows * size);
  const [dx, dy] = [shown.x - target.x, shown.y - target.y];
  return blocksAt(target, x + size / 2 + columns * size + dx, y + size / 2 + rows * size + dy)?.first;
}

function cellBlocks(viewport: Viewport, first: number): BlockRange {
  return { first, end: Math.min(first + geometry(viewport).blocksPerCell, viewport.blocks) };
}

/** The selection grown or shrunk so that its moving end is the cell `to`. */
function extend(selection: BlockRange | undefined, from: BlockRange, to: BlockRange): BlockRange {
  const forward = selection === undefined || selection.end === from.end || selection.first !== from.first;
  const anchor =
    selection === undefined
      ? from
      : forward
        ? { ...selection, end: Math.min(selection.end, selection.first + (from.end - from.first)) }
        : { ...selection, first: selection.end - (from.end - from.first) };
  return { first: Math.min(anchor.first, to.first), end: Math.max(anchor.end, to.end) };
}
