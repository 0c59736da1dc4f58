import { CELL_OUTSIDE } from '../../../../shared/blocks/view';
import { gapOf, holeInset, type Cells, type ColourTable, type Painter } from './painter';

/** The same picture without a graphics card: every pixel set by hand in one image. */
export function createCanvasPainter(canvas: HTMLCanvasElement): Painter {
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) throw new Error('the canvas has no 2D context');
  let colours: Uint32Array = new Uint32Array(256);
  let ground = 0;
  let hollowRows = 0;
  let image = context.createImageData(1, 1);

  return {
    kind: 'canvas2d',
    resize(width, height) {
      canvas.width = width;
      canvas.height = height;
    },
    setColours(table: ColourTable) {
      colours = new Uint32Array(table.rgba.slice().buffer);
      ground = new Uint32Array(Uint8Array.of(...table.ground, 255).buffer)[0]!;
      hollowRows = table.hollowRows;
    },
    paint({ window, bytes }: Cells) {
      const { width, height } = canvas;
      if (image.width !== width || image.height !== height) image = context.createImageData(width, height);
      const pixels = new Uint32Array(image.data.buffer);
      pixels.fill(ground);
      const { view, cellWidth, cellHeight, offsetX, offsetY } = window;
      const gap = gapOf(cellHeight);
      const inset = holeInset(cellHeight);
      const fill = (left: number, top: number, right: number, bottom: number, colour: number) => {
        const [from, to] = [Math.max(0, left), Math.min(width, right)];
        if (to <= from) return;
        for (let y = Math.max(0, top); y < Math.min(height, bottom); y++)
          pixels.fill(colour, y * width + from, y * width + to);
      };
      for (let row = 0, at = 0; row < view.rows; row++) {
        const top = offsetY + row * cellHeight;
        const bottom = top + cellHeight - gap;
        for (let column = 0; column < view.columns; column++, at += 2) {
          const [value, colourRow] = [bytes[at], bytes[at + 1]];
          if (value === CELL_OUTSIDE && colourRow === 0) continue;
          const left = offsetX + column * cellWidth;
          const right = left + cellWidth - gap;
          fill(left, top, right, bottom, colours[colourRow * 256 + value]);
          if (value > 0 && (hollowRows >> colourRow) & 1)
            fill(left + inset, top + inset, right - inset, bottom - inset, colours[0]);
        }
      }
      context.putImageData(image, 0, 0);
    },
    dispose() {
      canvas.width = 0;
    },
  };
}
