import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test as base, type Page } from '@playwright/test';
import type { ColourTable } from '../../../src/renderer/features/heatmap/drawing/painter';
import { blocksOfCell, type PaintedWindow } from './expected';
import type { Scene } from './main';
import { buildStage, openStage, type Stage } from './open';

/** One window for all tests of a file; each shows what it needs. */
export const test = base.extend<{ page: Page }, { stage: Stage }>({
  stage: [
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), 'heatmap-page-'));
      await buildStage(folder);
      const stage = await openStage(folder);
      const crashes: string[] = [];
      stage.page.on('pageerror', (error) => crashes.push(error.message));
      await use(stage);
      await stage.close();
      rmSync(folder, { recursive: true, force: true });
      expect(crashes).toEqual([]);
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  page: async ({ stage }, use) => use(stage.page),
});
export { expect };

const canvas = (page: Page) => page.locator('.heatmap-map canvas');

/** Waits until the picture is that of what was asked for last. */
export const drawn = (page: Page): Promise<void> =>
  expect(canvas(page)).toHaveAttribute('data-state', 'drawn');

export async function show(page: Page, scene: Scene): Promise<void> {
  await page.evaluate((shown) => window.stage.show(shown), scene);
  await drawn(page);
}

export interface Painted {
  readonly window: PaintedWindow;
  readonly width: number;
  readonly height: number;
  /** RGBA, row by row. */
  readonly pixels: Uint8Array;
}

/** What the canvas shows, pixel by pixel. Travels as runs of equal pixels, which is most of the time of a test. */
export async function readMap(page: Page): Promise<Painted> {
  await drawn(page);
  const { runs, ...rest } = await canvas(page).evaluate((element: HTMLCanvasElement) => {
    const copy = document.createElement('canvas');
    [copy.width, copy.height] = [element.width, element.height];
    const context = copy.getContext('2d', { willReadFrequently: true })!;
    context.drawImage(element, 0, 0);
    const pixels = new Uint32Array(context.getImageData(0, 0, copy.width, copy.height).data.buffer);
    const pairs = new Uint32Array(2 * pixels.length);
    let end = 0;
    for (let at = 0; at < pixels.length;) {
      let next = at + 1;
      while (next < pixels.length && pixels[next] === pixels[at]) next++;
      pairs[end++] = next - at;
      pairs[end++] = pixels[at];
      at = next;
    }
    const bytes = new Uint8Array(pairs.buffer, 0, 4 * end);
    let text = '';
    for (let at = 0; at < bytes.length; at += 32_768)
      text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
    return {
      window: JSON.parse(element.dataset['window']!) as PaintedWindow,
      width: copy.width,
      height: copy.height,
      runs: btoa(text),
    };
  });
  const pairs = new Uint32Array(new Uint8Array(Buffer.from(runs, 'base64')).buffer);
  const pixels = new Uint32Array(rest.width * rest.height);
  let at = 0;
  for (let pair = 0; pair < pairs.length; pair += 2) {
    pixels.fill(pairs[pair + 1], at, at + pairs[pair]);
    at += pairs[pair];
  }
  if (at !== pixels.length) throw new Error(`${at} of ${pixels.length} pixels arrived`);
  return { ...rest, pixels: new Uint8Array(pixels.buffer) };
}

/** A cell as `value | row << 8` of the colour table. */
export type CellOf = (first: number, end: number) => number;

/**
 * Compares every pixel of every cell with what it must be, and the rest with the ground. Cells have a gap to the right
 * and below when they are large.
 */
export function expectCells(
  { window, width, height, pixels }: Painted,
  colours: ColourTable,
  cellOf: CellOf,
): void {
  const { view, cellWidth, cellHeight, offsetX, offsetY } = window;
  const [red, green, blue] = colours.ground;
  const expected = new Uint32Array(width * height).fill(
    ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0,
  );
  const table = new Uint32Array(colours.rgba.slice().buffer);
  const gap = cellHeight < 6 ? 0 : Math.max(1, Math.round(cellHeight / 14));
  let cells = 0;
  for (let row = 0; row < view.rows; row++) {
    for (let column = 0; column < view.columns; column++) {
      const blocks = blocksOfCell(window, column, row);
      if (blocks === undefined) continue;
      cells++;
      const cell = cellOf(...blocks);
      const colour = table[(cell >> 8) * 256 + (cell & 0xff)];
      const [left, top] = [offsetX + column * cellWidth, offsetY + row * cellHeight];
      for (let y = Math.max(0, top); y < Math.min(height, top + cellHeight - gap); y++) {
        const [from, to] = [Math.max(0, left), Math.min(width, left + cellWidth - gap)];
        if (to > from) expected.fill(colour, y * width + from, y * width + to);
      }
    }
  }
  const shown = new Uint32Array(pixels.buffer, pixels.byteOffset, width * height);
  const wrong: string[] = [];
  for (let at = 0; at < expected.length && wrong.length < 5; at++)
    if (shown[at] !== expected[at])
      wrong.push(
        `${at % width},${Math.floor(at / width)}: ${shown[at].toString(16)}, not ${expected[at].toString(16)}`,
      );
  expect(wrong).toEqual([]);
  expect(cells).toBeGreaterThan(0);
}

/** Turns the wheel over a place of the map, given as shares of its size. */
export async function wheel(page: Page, x: number, y: number, turns: number): Promise<void> {
  const box = (await page.locator('.heatmap-map').boundingBox())!;
  await page.mouse.move(box.x + box.width * x, box.y + box.height * y);
  for (let turn = 0; turn < Math.abs(turns); turn++) await page.mouse.wheel(0, turns > 0 ? -200 : 200);
  // The wheel arrives when it likes; a frame later it has.
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );
  await drawn(page);
}
