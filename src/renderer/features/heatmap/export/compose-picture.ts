import type { Theme } from '../../../theme';
import { colourOf } from '../drawing/colour-table';
import type { ColourTable } from '../drawing/painter';
import type { LegendEntry } from '../model/legend';
import { CELL_FULL } from '../../../../shared/blocks/view';

export interface PictureText {
  readonly title: string;
  /** Below the title, smaller. */
  readonly lines: readonly string[];
  readonly legend: readonly LegendEntry[];
}

const FONT = "system-ui, 'Segoe UI', 'Noto Sans', sans-serif";

/** The map with a title above and its legend below, as a PNG. `density`: device pixels to a CSS pixel of the map. */
export async function composePicture(
  map: HTMLCanvasElement,
  density: number,
  theme: Theme,
  colours: ColourTable,
  { title, lines, legend }: PictureText,
): Promise<Uint8Array<ArrayBuffer>> {
  const unit = (css: number) => Math.round(css * density);
  const margin = unit(16);
  const head = unit(24 + 18 * lines.length + 8);
  const foot = unit(32);
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(map.width + 2 * margin, unit(480));
  canvas.height = map.height + head + foot + 2 * margin;
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) throw new Error('the canvas has no 2D context');
  const { palette } = theme;
  context.fillStyle = palette['editor-background'];
  context.fillRect(0, 0, canvas.width, canvas.height);
  const room = canvas.width - 2 * margin;
  context.textBaseline = 'middle';
  context.fillStyle = palette.foreground;
  context.font = `600 ${unit(15)}px ${FONT}`;
  context.fillText(title, margin, margin + unit(10), room);
  context.fillStyle = palette['muted-foreground'];
  context.font = `${unit(12)}px ${FONT}`;
  lines.forEach((line, at) => context.fillText(line, margin, margin + unit(32 + 18 * at), room));
  context.drawImage(map, margin, margin + head);

  let x = margin;
  const y = margin + head + map.height + foot / 2 + unit(4);
  const write = (text: string) => {
    context.fillStyle = palette['muted-foreground'];
    context.fillText(text, x, y);
    x += context.measureText(text).width + unit(14);
  };
  for (const entry of legend) {
    if (entry.kind === 'colour') {
      context.fillStyle = colourOf(colours, entry.row, entry.value);
      context.fillRect(x, y - unit(5), unit(12), unit(10));
      context.strokeStyle = palette.border;
      context.strokeRect(x, y - unit(5), unit(12), unit(10));
      x += unit(18);
      write(entry.text);
      continue;
    }
    write(entry.from);
    x -= unit(8);
    const width = unit(96);
    for (let step = 0; step < width; step++) {
      context.fillStyle = colourOf(colours, entry.row, Math.max(1, Math.round((step / width) * CELL_FULL)));
      context.fillRect(x + step, y - unit(5), 1, unit(10));
    }
    x += width + unit(6);
    write(entry.text);
  }
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (blob === null) throw new Error('the picture could not be encoded');
  return new Uint8Array(await blob.arrayBuffer());
}
