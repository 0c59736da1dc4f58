import { CELL_FULL, CELL_OUTSIDE, fillCells, type MapView } from '../../../shared/blocks/view';
import { RankIndex } from '../../../shared/blocks/rank-index';
import type { BlockBitmap } from '../../../shared/blocks/bitmap';
import type { CliIo } from '../io';
import { heat, paint, RESET, type Rgb } from './colours';
import { formatBytes } from './units';
import { CBT_BLOCK_SIZE } from '../../../shared/blocks/extent';

const ASCII = ' .:-=+*#%@';
const NOTHING: Rgb = [24, 26, 31];
const OUTSIDE: Rgb = [0, 0, 0];

/**
 * Draws the changed blocks row by row from the start of the disk: with colours two cells per character (upper and
 * lower half block), without them one character per cell, denser for more.
 */
export function drawHeatmap(
  bitmap: BlockBitmap,
  io: Pick<CliIo, 'colours' | 'unicode' | 'columns'>,
  height = 10,
): string {
  const halves = io.colours !== 'none' && io.unicode;
  const columns = io.columns - 4;
  const rows = halves ? height * 2 : height;
  const view: MapView = {
    layout: 'linear',
    blocks: bitmap.blocks,
    blocksPerCell: Math.max(1, Math.ceil(bitmap.blocks / (columns * rows))),
    left: 0,
    top: 0,
    columns,
    rows,
  };
  const cells = new Uint8Array(columns * rows);
  fillCells(new RankIndex(bitmap), view, cells);
  const used = Math.ceil(bitmap.blocks / view.blocksPerCell / columns);
  const lines = halves ? halfBlocks(cells, columns, used, io.colours) : letters(cells, columns, used, io);
  const cell = formatBytes(view.blocksPerCell * CBT_BLOCK_SIZE);
  return `${lines.map((line) => `  ${line}\n`).join('')}  one cell is ${cell}; ${legend(io)}\n`;
}

function halfBlocks(cells: Uint8Array, columns: number, rows: number, colours: CliIo['colours']): string[] {
  const lines: string[] = [];
  for (let row = 0; row < rows; row += 2) {
    let line = '';
    let last = '';
    for (let column = 0; column < columns; column++) {
      const upper = colourOf(cells[row * columns + column]);
      const lower = row + 1 < rows ? colourOf(cells[(row + 1) * columns + column]) : OUTSIDE;
      const escape = paint(colours, upper, lower);
      line += escape === last ? '▀' : `${escape}▀`;
      last = escape;
    }
    lines.push(`${line}${RESET}`);
  }
  return lines;
}

function letters(
  cells: Uint8Array,
  columns: number,
  rows: number,
  { colours }: Pick<CliIo, 'colours'>,
): string[] {
  return Array.from({ length: rows }, (_, row) => {
    let line = '';
    for (const cell of cells.subarray(row * columns, (row + 1) * columns)) {
      const colour = colourOf(cell);
      line += paint(colours, [255, 255, 255], colour) + letter(cell);
    }
    return colours === 'none' ? `|${line}|` : line + RESET;
  });
}

const letter = (cell: number): string =>
  cell === 0 || cell === CELL_OUTSIDE
    ? ' '
    : ASCII[1 + Math.floor(((cell - 1) / CELL_FULL) * (ASCII.length - 1))];

/** A single changed block in any cell is visible: the scale starts well above the colour of nothing. */
const colourOf = (cell: number): Rgb =>
  cell === CELL_OUTSIDE ? OUTSIDE : cell === 0 ? NOTHING : heat(0.25 + 0.75 * (cell / CELL_FULL));

function legend(io: Pick<CliIo, 'colours' | 'unicode'>): string {
  if (io.colours === 'none')
    return `"${ASCII[1]}" a few of its blocks changed … "${ASCII.at(-1)!}" all of them`;
  const steps = [0, 1, 64, 128, 191, CELL_FULL].map(
    (cell) => `${paint(io.colours, colourOf(cell), colourOf(cell))}  ${RESET}`,
  );
  return `nothing changed ${steps.join('')} everything changed`;
}
