import { cellOfBlock, rangeOfCell, type BlockRange, type MapView } from '../../../../shared/blocks/view';

/** What the user looks at. All lengths in device pixels. */
export interface Viewport {
  readonly layout: 'linear' | 'hilbert';
  readonly blocks: number;
  readonly width: number;
  readonly height: number;
  /** Device pixels to a CSS pixel: cells keep their size on the desk on a denser screen. */
  readonly density: number;
  /** Area of one block in square pixels; decides how many blocks share a cell. */
  readonly scale: number;
  /** Scroll position of the window on the map. */
  readonly x: number;
  readonly y: number;
}

/** Smallest cell that is still told apart from its neighbour, and largest that makes sense, in CSS pixels. */
const SMALLEST_CELL = 4;
const LARGEST_CELL = 32;

export interface CellSize {
  readonly cellWidth: number;
  readonly cellHeight: number;
}

export interface Geometry extends CellSize {
  readonly blocksPerCell: number;
  /** Size of the whole map in cells. */
  readonly columns: number;
  readonly rows: number;
  /** Along the curve: of the squares that the map is made of. */
  readonly order?: number;
}

const clamp = (value: number, low: number, high: number) =>
  Math.min(Math.max(value, low), Math.max(low, high));
const largestScale = ({ density }: Pick<Viewport, 'density'>) => Math.round(LARGEST_CELL * density) ** 2;

/** Blocks in one square of a map along the curve: the power of four whose row of squares fills the window best. */
function squareBlocks({ blocks, width, height }: Pick<Viewport, 'blocks' | 'width' | 'height'>): number {
  let best = { span: 1, area: 0 };
  for (let span = 1; ; span *= 4) {
    const side = Math.min(width / (Math.ceil((2 * blocks) / span) / 2), height);
    const area = (blocks / span) * side * side;
    if (area > best.area) best = { span, area };
    if (span >= blocks) return best.span;
  }
}

/** Cell size and blocks per cell for the viewport's scale; blocks per cell is 1 whenever a block is big enough. */
export function geometry(viewport: Viewport): Geometry {
  const { layout, scale, blocks, width, density } = viewport;
  const smallest = Math.round(SMALLEST_CELL * density);
  const step = layout === 'linear' ? 2 : 4;
  const most = layout === 'linear' ? blocks : squareBlocks(viewport);
  let blocksPerCell = 1;
  while (Math.sqrt(scale * blocksPerCell) < smallest && blocksPerCell < most) blocksPerCell *= step;
  const area = scale * blocksPerCell + 1e-6;
  const cellHeight = clamp(Math.floor(Math.sqrt(area)), smallest, Math.round(LARGEST_CELL * density));
  const cells = Math.max(1, Math.ceil(blocks / blocksPerCell));
  if (layout === 'hilbert') {
    const side = Math.sqrt(most / blocksPerCell);
    // The first half of a square is its left half.
    const inLast = (blocks % most || most) / most;
    const columns = Math.ceil(blocks / most) * side - (side > 1 && inLast <= 0.5 ? side / 2 : 0);
    return {
      blocksPerCell,
      cellWidth: cellHeight,
      cellHeight,
      columns,
      rows: side,
      order: Math.log2(side),
    };
  }
  // A cell one pixel wider than high fills the window better between two whole sizes.
  const cellWidth = cellHeight * (cellHeight + 1) <= area ? cellHeight + 1 : cellHeight;
  const columns = Math.max(1, Math.floor(width / cellWidth));
  return { blocksPerCell, cellWidth, cellHeight, columns, rows: Math.ceil(cells / columns) };
}

/** The cells that the window shows, and where the first of them lies relative to the window. */
export interface Window extends CellSize {
  readonly view: MapView;
  readonly offsetX: number;
  readonly offsetY: number;
}

export function windowOf(viewport: Viewport): Window {
  const { blocksPerCell, cellWidth, cellHeight, columns, rows, order } = geometry(viewport);
  const { layout, blocks, width, height, x, y } = viewport;
  const top = Math.max(0, Math.floor(y / cellHeight));
  const left = layout === 'linear' ? 0 : Math.max(0, Math.floor(x / cellWidth));
  // A map smaller than the window is centred when it is a square, and starts at the edge when it is rows.
  const spare = (room: number, used: number) =>
    layout === 'linear' ? 0 : Math.floor(Math.max(0, (room - used) / 2));
  return {
    view: {
      layout,
      blocks,
      blocksPerCell,
      ...(order === undefined ? {} : { order }),
      left,
      top,
      columns: layout === 'linear' ? columns : Math.min(columns - left, Math.ceil(width / cellWidth) + 1),
      rows: Math.max(1, Math.min(rows - top, Math.ceil(height / cellHeight) + 1)),
    },
    cellWidth,
    cellHeight,
    offsetX: spare(width, columns * cellWidth) - (x - left * cellWidth),
    offsetY: spare(height, rows * cellHeight) - (y - top * cellHeight),
  };
}

/** Keeps the window on the map, at whole pixels. */
export function settle(viewport: Viewport): Viewport {
  const { cellWidth, cellHeight, columns, rows } = geometry(viewport);
  const x = viewport.layout === 'linear' ? 0 : clamp(viewport.x, 0, columns * cellWidth - viewport.width);
  const y = clamp(viewport.y, 0, rows * cellHeight - viewport.height);
  return { ...viewport, x: Math.round(x), y: Math.round(y) };
}

/** The largest scale at which the whole disk is visible. */
export function fitScale(viewport: Viewport): number {
  const fits = (scale: number) => {
    const { cellWidth, cellHeight, columns, rows } = geometry({ ...viewport, scale });
    return rows * cellHeight <= viewport.height && columns * cellWidth <= viewport.width;
  };
  let low = SMALLEST_CELL ** 2 / Math.max(1, viewport.blocks);
  let high = largestScale(viewport);
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

/** Least height of a map, in CSS pixels, however small the disk is. */
const LEAST_HEIGHT = 160;

/** How much of the window's height the whole disk takes: cells of whole pixels rarely end at its lower edge. */
export function usedHeight(viewport: Viewport): number {
  if (viewport.layout !== 'linear') return viewport.height;
  const { rows, cellHeight } = geometry(fit(viewport));
  const least = Math.round(LEAST_HEIGHT * viewport.density);
  return Math.min(viewport.height, Math.max(least, rows * cellHeight));
}

/** Whether the whole disk is on the screen. */
export function showsAll(viewport: Viewport): boolean {
  const { cellWidth, cellHeight, columns, rows } = geometry(viewport);
  return (
    rows * cellHeight <= viewport.height &&
    (viewport.layout === 'linear' || columns * cellWidth <= viewport.width)
  );
}

/** The blocks under a point of the window. */
export function blocksAt(viewport: Viewport, px: number, py: number): BlockRange | undefined {
  const { view, cellWidth, cellHeight, offsetX, offsetY } = windowOf(viewport);
  const column = Math.floor((px - offsetX) / cellWidth);
  const row = Math.floor((py - offsetY) / cellHeight);
  if (column < 0 || column >= view.columns || row < 0 || row >= view.rows) return undefined;
  return rangeOfCell(view, column, row);
}

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where the cell of a block is drawn, in window pixels; it may lie outside of the window. */
export function cellRect(viewport: Viewport, block: number): Rect {
  const { view, cellWidth, cellHeight, offsetX, offsetY } = windowOf(viewport);
  const { column, row } = cellOfBlock(view, block);
  return {
    x: offsetX + column * cellWidth,
    y: offsetY + row * cellHeight,
    width: cellWidth,
    height: cellHeight,
  };
}

/** Scrolls as little as needed to show the cell of `block`. */
export function reveal(viewport: Viewport, block: number): Viewport {
  const { x, y, width, height } = cellRect(viewport, block);
  const dx = x < 0 ? x : Math.max(0, x + width - viewport.width);
  const dy = y < 0 ? y : Math.max(0, y + height - viewport.height);
  return dx === 0 && dy === 0 ? viewport : settle({ ...viewport, x: viewport.x + dx, y: viewport.y + dy });
}

/** Zooms by `factor` (of area) and keeps the block under the point where it is, as far as the map's edges allow. */
export function zoomAt(viewport: Viewport, factor: number, px: number, py: number): Viewport {
  const scale = clamp(viewport.scale * factor, fitScale(viewport), largestScale(viewport));
  if (scale === viewport.scale) return viewport;
  const anchor = blocksAt(viewport, px, py)?.first;
  const zoomed = settle({ ...viewport, scale });
  if (anchor === undefined) return zoomed;
  const { x, y, width, height } = cellRect(zoomed, anchor);
  return settle({ ...zoomed, x: zoomed.x + x + width / 2 - px, y: zoomed.y + y + height / 2 - py });
}

export function panBy(viewport: Viewport, dx: number, dy: number): Viewport {
  return settle({ ...viewport, x: viewport.x + dx, y: viewport.y + dy });
}

/** Puts a range of blocks into the middle of the window, as large as it fits. */
export function showRange(viewport: Viewport, { first, end }: BlockRange): Viewport {
  // A Hilbert range may lie across the middle of the square it would fit into, hence the room for twice as much.
  const room = (viewport.layout === 'linear' ? 1.25 : 2.5) * (end - first);
  const scale = Math.max(fitScale({ ...viewport, blocks: Math.max(1, Math.ceil(room)) }), fitScale(viewport));
  const near = settle({ ...viewport, scale, x: 0, y: 0 });
  const [from, to] = [cellRect(near, first), cellRect(near, end - 1)];
  return settle({
    ...near,
    x: near.x + (from.x + to.x + to.width - viewport.width) / 2,
    y: near.y + (from.y + to.y + to.height - viewport.height) / 2,
  });
}

/** A new size or density of the window keeps what was in the middle; what showed the whole disk goes on doing so. */
export function resize(
  viewport: Viewport,
  size: Pick<Viewport, 'width' | 'height' | 'density'>,
  blocks = viewport.blocks,
): Viewport {
  const resized = { ...viewport, ...size, blocks };
  if (showsAll(viewport)) return fit(resized);
  const middle = blocksAt(viewport, viewport.width / 2, viewport.height / 2)?.first ?? 0;
  const density = (size.density / viewport.density) ** 2;
  const scale = clamp(viewport.scale * density, fitScale(resized), largestScale(resized));
  const rescaled = settle({ ...resized, scale });
  const { x, y } = cellRect(rescaled, Math.min(middle, blocks - 1));
  return settle({ ...rescaled, x: rescaled.x + x - size.width / 2, y: rescaled.y + y - size.height / 2 });
}
