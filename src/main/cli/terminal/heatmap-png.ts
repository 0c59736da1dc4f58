import { PNG } from 'pngjs';
import type { BlockBitmap } from '../../../shared/blocks/bitmap';
import { RankIndex } from '../../../shared/blocks/rank-index';
import { CELL_FULL, CELL_OUTSIDE, fillCells, type MapView } from '../../../shared/blocks/view';
import { heat, type Rgb } from './colours';

const WIDTH = 1024;
const MOST_ROWS = 1024;

/** The changed blocks as a PNG file, 1024 pixels wide, row by row from the start of the disk. */
export function heatmapPng(bitmap: BlockBitmap): Buffer {
  const blocksPerCell = Math.max(1, Math.ceil(bitmap.blocks / (WIDTH * MOST_ROWS)));
  const rows = Math.max(1, Math.ceil(bitmap.blocks / blocksPerCell / WIDTH));
  const view: MapView = {
    layout: 'linear',
    blocks: bitmap.blocks,
    blocksPerCell,
    left: 0,
    top: 0,
    columns: WIDTH,
    rows,
  };
  const cells = new Uint8Array(WIDTH * rows);
  fillCells(new RankIndex(bitmap), view, cells);
  const table = Array.from({ length: 256 }, (_, cell): Rgb =>
    cell === CELL_OUTSIDE ? [0, 0, 0] : cell === 0 ? [24, 26, 31] : heat(0.25 + 0.75 * (cell / CELL_FULL)),
  );
  const scale = Math.max(1, Math.floor(256 / rows));
  const png = new PNG({ width: WIDTH, height: rows * scale, colorType: 2 });
  for (let y = 0; y < rows * scale; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const colour = table[cells[Math.floor(y / scale) * WIDTH + x]];
      const at = (y * WIDTH + x) * 4;
      png.data.set([...colour, 255], at);
    }
  }
  return PNG.sync.write(png);
}
