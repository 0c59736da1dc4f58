import { CELL_OUTSIDE } from '../../../../shared/blocks/view';
import { GAP_FROM, type Cells, type ColourTable, type Painter } from './painter';

/** The same picture without a graphics card: every pixel set by hand in one image. */
export function createCanvasPainter(canvas: HTMLCanvasElement): Painter {
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) throw new Error('the canvas has no 2D context');
  let colours: Uint32Array = new Uint32Array(256);
  let ground = 0;

  return {
    kind: 'canvas2d',
    resize(width, height) {
      canvas.width = width;
      canvas.height = height;
    },
    setColours(table: ColourTable) {
      colours = new Uint32Array(table.rgba.slice().buffer);
      ground = new Uint32Array(Uint8Array.of(...table.ground, 255).buffer)[0]!;
    },
    paint({ window, bytes }: Cells) {
      const image = context.createImageData(canvas.width, canvas.height);
      const pixels = new Uint32Array(image.data.buffer);
      pixels.fill(ground);
      const { view, cellSize, offsetX, offsetY } = window;
      const edge = cellSize - (cellSize >= GAP_FROM ? 1 : 0);
      for (let row = 0, at = 0; row < view.rows; row++) {
        for (let column = 0; column < view.columns; column++, at += 2) {
          const [value, colourRow] = [bytes[at], bytes[at + 1]];
          if (value === CELL_OUTSIDE && colourRow === 0) continue;
          const colour = colours[colourRow * 256 + value];
          const left = Math.max(0, offsetX + column * cellSize);
          const right = Math.min(canvas.width, offsetX + column * cellSize + edge);
          const bottom = Math.min(canvas.height, offsetY + row * cellSize + edge);
          for (let y = Math.max(0, offsetY + row * cellSize); y < bottom; y++) {
            if (right > left) pixels.fill(colour, y * canvas.width + left, y * canvas.width + right);
          }
        }
      }
      context.putImageData(image, 0, 0);
    },
    dispose() {
      canvas.width = 0;
    },
  };
}
