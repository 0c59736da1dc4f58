import { hilbertOrder } from '../../../../shared/blocks/hilbert';
import { cellOfBlock, rangeOfCell, type BlockRange, type MapView } from '../../../../shared/blocks/view';

/** What the user looks at. All lengths in device pixels. */
export interface Viewport {
  readonly layout: 'linear' | 'hilbert';
  readonly blocks: number;
  readonly width: number;
  readonly height: number;
  /** Area of one block in square pixels; decides how many blocks share a cell. */
  readonly scale: number;
  /** Scroll position of the window on the map. */
  readonly x: number;
  readonly y: number;
}

/** Smallest cell that is still told apart from its neighbour, and largest that makes sense. */
const SMALLEST_CELL = 4;
const LARGEST_CELL = 32;

export interface Geometry {
  readonly blocksPerCell: number;
  readonly cellSize: number;
  /** Size of the whole map in cells. */
  readonly columns: number;
  readonly rows: number;
}

const clamp = (value: number, low: number, high: number) =>
  Math.min(Math.max(value, low), Math.max(low, high));

/** Cell size and blocks per cell for the viewport's scale; blocks per cell is 1 whenever a block is big enough. */
export function geometry(viewport: Viewport): Geometry {
  const { layout, scale, blocks, width } = viewport;
  const step = layout === 'linear' ? 2 : 4;
  let blocksPerCell = 1;
  while (Math.sqrt(scale * blocksPerCell) < SMALLEST_CELL && blocksPerCell < blocks) blocksPerCell *= step;
  const cellSize = clamp(Math.floor(Math.sqrt(scale * blocksPerCell) + 1e-6), SMALLEST_CELL, LARGEST_CELL);
  const cells = Math.max(1, Math.ceil(blocks / blocksPerCell));
  if (layout === 'hilbert') {
    const side = 2 ** hilbertOrder(cells);
    return { blocksPerCell, cellSize, columns: side, rows: side };
  }
  const columns = Math.max(1, Math.floor(width / cellSize));
  return { blocksPerCell, cellSize, columns, rows: Math.ceil(cells / columns) };
}

/** The cells that the window shows, and where the first of them lies relative to the window (zero or negative). */
export interface Window {
  readonly view: MapView;
  readonly cellSize: number;
  readonly offsetX: number;
  readonly offsetY: number;
}

export function windowOf(viewport: Viewport): Window {
  const { blocksPerCell, cellSize, columns, rows } = geometry(viewport);
  const { layout, blocks, width, height, x, y } = viewport;
  const top = Math.max(0, Math.floor(y / cellSize));
  const left = layout === 'linear' ? 0 : Math.max(0, Math.floor(x / cellSize));
  // A map smaller than the window is centred when it is a square, and starts at the edge when it is rows.
  const offsetX =
    layout === 'linear'
      ? 0
      : Math.round(Math.max(0, (width - columns * cellSize) / 2)) - (x - left * cellSize);
  const offsetY = top * cellSize - y;
  return {
    view: {
      layout,
      blocks,
      blocksPerCell,
      left,
      top,
      columns: layout === 'linear' ? columns : Math.min(columns - left, Math.ceil(width / cellSize) + 1),
      rows: Math.max(1, Math.min(rows - top, Math.ceil(height / cellSize) + 1)),
    },
    cellSize,
    offsetX,
    offsetY,
  };
}

/** Keeps the window on the map. */
export function settle(viewport: Viewport): Viewport {
  const { cellSize, columns, rows } = geometry(viewport);
  const x = viewport.layout === 'linear' ? 0 : clamp(viewport.x, 0, columns * cellSize - viewport.width);
  return { ...viewport, x, y: clamp(viewport.y, 0, rows * cellSize - viewport.height) };
}

/** The largest scale at which the whole disk is visible. */
export function fitScale(viewport: Pick<Viewport, 'layout' | 'blocks' | 'width' | 'height'>): number {
  const fits = (scale: number) => {
    const { cellSize, columns, rows } = geometry({ ...viewport, scale, x: 0, y: 0 });
    return rows * cellSize <= viewport.height && columns * cellSize <= viewport.width;
  };
  let low = SMALLEST_CELL ** 2 / Math.max(1, viewport.blocks);
  let high = LARGEST_CELL ** 2;
  if (fits(high)) return high;
  for (let step = 0; step < 60; step++) {
    const middle = Math.sqrt(low * high);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

export function fit(viewport: Viewport): Viewport {
  return { ...viewport, scale: fitScale(viewport), x: 0, y: 0 };
}

/** The blocks under a point of the window. */
export function blocksAt(viewport: Viewport, px: number, py: number): BlockRange | undefined {
  const { view, cellSize, offsetX, offsetY } = windowOf(viewport);
  const column = Math.floor((px - offsetX) / cellSize);
  const row = Math.floor((py - offsetY) / cellSize);
  if (column < 0 || column >= view.columns || row < 0 || row >= view.rows) return undefined;
  return rangeOfCell(view, column, row);
}

/** Where the cell of a block is drawn, in window pixels; it may lie outside of the window. */
export function cellRect(viewport: Viewport, block: number): { x: number; y: number; size: number } {
  const { view, cellSize, offsetX, offsetY } = windowOf(viewport);
  const { column, row } = cellOfBlock(view, block);
  return { x: offsetX + column * cellSize, y: offsetY + row * cellSize, size: cellSize };
}

/** Scrolls as little as needed to show the cell of `block`. */
export function reveal(viewport: Viewport, block: number): Viewport {
  const { x, y, size } = cellRect(viewport, block);
  const dx = x < 0 ? x : Math.max(0, x + size - viewport.width);
  const dy = y < 0 ? y : Math.max(0, y + size - viewport.height);
  return settle({ ...viewport, x: viewport.x + dx, y: viewport.y + dy });
}

/** Zooms by `factor` (of area) and keeps the block under the point where it is, as far as the map's edges allow. */
export function zoomAt(viewport: Viewport, factor: number, px: number, py: number): Viewport {
  const anchor = blocksAt(viewport, px, py)?.first;
  const scale = clamp(viewport.scale * factor, fitScale(viewport), LARGEST_CELL ** 2);
  const zoomed = settle({ ...viewport, scale });
  if (anchor === undefined) return zoomed;
  const { x, y, size } = cellRect(zoomed, anchor);
  return settle({ ...zoomed, x: zoomed.x + x + size / 2 - px, y: zoomed.y + y + size / 2 - py });
}

export function panBy(viewport: Viewport, dx: number, dy: number): Viewport {
  return settle({ ...viewport, x: viewport.x + dx, y: viewport.y + dy });
}

/** A new window size keeps what was in the middle; a viewport that showed the whole disk goes on doing so. */
export function resize(viewport: Viewport, width: number, height: number): Viewport {
  const showedAll = viewport.scale <= fitScale(viewport) * 1.0001;
  const resized = { ...viewport, width, height };
  if (showedAll) return fit(resized);
  const middle = blocksAt(viewport, viewport.width / 2, viewport.height / 2)?.first ?? 0;
  const scale = Math.max(viewport.scale, fitScale(resized));
  const { x, y } = cellRect({ ...resized, scale }, middle);
  return settle({ ...resized, scale, x: viewport.x + x - width / 2, y: viewport.y + y - height / 2 });
}
