import { THEMES } from '../../src/renderer/theme';
import { colourTable } from '../../src/renderer/features/heatmap/drawing/colour-table';
import { changedBetween, disks, type StageDiskName } from './heatmap-stage/disks';
import { blocksOfCell, counterOf, shade } from './heatmap-stage/expected';
import { expect, expectCells, readMap, show, test, wheel } from './heatmap-stage/test';

const colours = colourTable({ theme: THEMES.dark, colours: 'cividis', boost: false });
const SMALL: readonly StageDiskName[] = ['one', 'short', 'nothing', 'everything', 'server'];

for (const renderer of ['webgl2', 'canvas2d'] as const) {
  for (const layout of ['linear', 'hilbert'] as const) {
    test(`every cell is right at every zoom, ${layout}, ${renderer}`, async ({ page }) => {
      const settings = { theme: 'dark', heatmapLayout: layout, heatmapRenderer: renderer } as const;
      for (const disk of SMALL) {
        const count = counterOf(changedBetween(disk, 0, 1));
        await show(page, { disk, settings });
        await expect(page.locator('.heatmap-map canvas')).toHaveAttribute('data-painter', renderer);
        const zooms = new Set<number>();
        for (const [x, y, turns] of [
          [0, 0, 0],
          [0.3, 0.4, 2],
          [0.8, 0.7, 3],
          [0.1, 0.2, 12],
          [0.5, 0.5, -4],
        ] as const) {
          await wheel(page, x, y, turns);
          const painted = await readMap(page);
          expect(painted.window.view.layout).toBe(layout);
          zooms.add(painted.window.cellHeight / painted.window.view.blocksPerCell);
          await test.step(`${disk} after ${turns} turns of the wheel`, () =>
            expectCells(painted, colours, (first, end) => shade(count(first, end), end - first)));
        }
        if (disk === 'server') expect(zooms.size).toBeGreaterThan(2);
      }
    });
  }
}

test('the whole disk is on the screen at first, each block in one cell', async ({ page }) => {
  for (const heatmapLayout of ['linear', 'hilbert'] as const) {
    for (const disk of SMALL) {
      await show(page, { disk, settings: { heatmapLayout } });
      const { window, width, height } = await readMap(page);
      const { columns, rows } = window.view;
      const seen = new Set<number>();
      let [cells, blocks] = [0, 0];
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          const cell = blocksOfCell(window, column, row);
          if (cell === undefined) continue;
          cells++;
          seen.add(cell[0]);
          blocks += cell[1] - cell[0];
        }
      }
      expect(seen.size).toBe(cells);
      expect(blocks).toBe(Math.ceil(disks[disk].sizeBytes / 65_536));
      expect(Math.min(window.offsetX, window.offsetY)).toBeGreaterThanOrEqual(0);
      expect(window.offsetX + columns * window.cellWidth).toBeLessThanOrEqual(width);
      expect(window.offsetY + rows * window.cellHeight).toBeLessThanOrEqual(height);
    }
  }
});

for (const heatmapLayout of ['linear', 'hilbert'] as const) {
  test(`one changed block of 268 million is seen at every zoom, ${heatmapLayout}`, async ({ page }) => {
    const block = 123_456_789;
    await show(page, { disk: 'needle', settings: { theme: 'dark', heatmapLayout } });
    await page.locator('.heatmap-map').focus();
    await page.keyboard.press('n');
    await expect(page.locator('.heatmap-readout')).toContainText('1 of');
    let closest = Infinity;
    for (let zoom = 0; zoom < 30 && closest > 1; zoom++) {
      const painted = await readMap(page);
      closest = painted.window.view.blocksPerCell;
      let found = 0;
      expectCells(painted, colours, (first, end) => {
        const changed = block >= first && block < end ? 1 : 0;
        found += changed;
        return shade(changed, end - first);
      });
      expect(found).toBe(1);
      await page.keyboard.press('+');
    }
    expect(closest).toBe(1);
    await expect(page.locator('.heatmap-readout')).toContainText(/^Block 123,456,789 at .* · changed/);
  });
}

test('pixels stay exact on a screen twice as dense, and when the window changes', async ({ page, stage }) => {
  const count = counterOf(changedBetween('server', 2, 3));
  const cells = (first: number, end: number): number => shade(count(first, end), end - first);
  await show(page, { disk: 'server', from: 2, to: 3, settings: { theme: 'dark' } });
  const before = await readMap(page);
  const zoom = (factor: number): Promise<void> =>
    stage.app.evaluate(({ BrowserWindow }, by) => {
      BrowserWindow.getAllWindows()[0].webContents.setZoomFactor(by);
    }, factor);
  await zoom(2);
  // Cells keep their size on the desk.
  await expect.poll(async () => (await readMap(page)).window.cellHeight).toBeGreaterThanOrEqual(8);
  expectCells(await readMap(page), colours, cells);
  await zoom(1);
  await expect.poll(async () => (await readMap(page)).width).toBe(before.width);
  expectCells(await readMap(page), colours, cells);
});

test('the processor goes on drawing when the graphics card lets go', async ({ page }) => {
  const count = counterOf(changedBetween('server', 0, 1));
  await show(page, { disk: 'server', settings: { theme: 'dark', heatmapRenderer: 'webgl2' } });
  const canvas = page.locator('.heatmap-map canvas');
  await canvas.evaluate((element: HTMLCanvasElement) =>
    element.getContext('webgl2')!.getExtension('WEBGL_lose_context')!.loseContext(),
  );
  await expect(canvas).toHaveAttribute('data-painter', 'canvas2d');
  expectCells(await readMap(page), colours, (first, end) => shade(count(first, end), end - first));
});
