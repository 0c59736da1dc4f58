import type { BlockBitmap } from '../../../src/shared/blocks/bitmap';

/** Where the map says its cells are; everything in them is worked out here anew. */
export interface PaintedWindow {
  readonly view: {
    readonly layout: 'linear' | 'hilbert';
    readonly blocks: number;
    readonly blocksPerCell: number;
    readonly order?: number;
    readonly left: number;
    readonly top: number;
    readonly columns: number;
    readonly rows: number;
  };
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly offsetX: number;
  readonly offsetY: number;
}

/** Position along the Hilbert curve. Source: Wikipedia, "Hilbert curve", xy2d. */
function positionOf(side: number, x: number, y: number): number {
  let [px, py, position] = [x, y, 0];
  for (let s = side / 2; s >= 1; s /= 2) {
    const rx = (px & s) > 0 ? 1 : 0;
    const ry = (py & s) > 0 ? 1 : 0;
    position += s * s * ((3 * rx) ^ ry);
    if (ry === 0) {
      if (rx === 1) [px, py] = [side - 1 - px, side - 1 - py];
      [px, py] = [py, px];
    }
  }
  return position;
}

/** The blocks `[first, end)` of a cell of the map, undefined where there are none. */
export function blocksOfCell(
  { view }: PaintedWindow,
  column: number,
  row: number,
): [number, number] | undefined {
  const { layout, blocks, blocksPerCell, left, top, columns } = view;
  let cell: number;
  if (layout === 'linear') cell = (top + row) * columns + column;
  else {
    const side = 2 ** view.order!;
    if (top + row >= side) return undefined;
    const square = Math.floor((left + column) / side);
    cell = square * side * side + positionOf(side, (left + column) % side, top + row);
  }
  const first = cell * blocksPerCell;
  return first >= blocks ? undefined : [first, Math.min(first + blocksPerCell, blocks)];
}

/** Counts changed blocks of a range by adding them up one by one, once. */
export function counterOf(bitmap: BlockBitmap): (first: number, end: number) => number {
  const below = new Uint32Array(bitmap.blocks + 1);
  for (let block = 0; block < bitmap.blocks; block++) {
    const bit = (bitmap.bytes[block >> 3] >> (7 - (block & 7))) & 1;
    below[block + 1] = below[block] + bit;
  }
  const at = (block: number): number => below[Math.min(block, bitmap.blocks)];
  return (first, end) => at(end) - at(first);
}

/** Share of changed blocks as a value of the colour table: 1 to 254, 0 for none. */
export const shade = (changed: number, blocks: number): number =>
  changed === 0 ? 0 : Math.max(1, Math.round((254 * changed) / blocks));
