import { PNG } from 'pngjs';
import { formatBytes } from '../../src/renderer/platform/format';
import { changedBetween, disks } from './heatmap-stage/disks';
import { drawn, expect, readMap, show, test, wheel } from './heatmap-stage/test';
import type { Page } from '@playwright/test';
import { expectAccessible } from './deltascope';

const KIB64 = 65_536;
const map = (page: Page) => page.locator('.heatmap-map');
const readout = (page: Page) => page.locator('.heatmap-readout');
const copied = (page: Page) => page.evaluate(() => window.stage.captured.clipboard.at(-1) ?? '');

/** The file that was saved last, once there are `count`. */
async function saved(page: Page, count: number): Promise<Buffer> {
  await expect.poll(() => page.evaluate(() => window.stage.captured.files.length)).toBe(count);
  const content = await page.evaluate(() => {
    let text = '';
    for (const byte of window.stage.captured.files.at(-1)!.content) text += String.fromCharCode(byte);
    return btoa(text);
  });
  return Buffer.from(content, 'base64');
}

test.beforeEach(async ({ page }) => {
  await page.evaluate(() => {
    window.stage.captured.files.length = 0;
    window.stage.captured.clipboard.length = 0;
  });
});

test('by keyboard alone: find changes, zoom, select, copy', async ({ page }) => {
  const bitmap = changedBetween('server', 0, 1);
  const runs = [...bitmap.runs()];
  await show(page, { disk: 'server', settings: { theme: 'dark' } });
  for (let press = 0; press < 40; press++) {
    if (await map(page).evaluate((element) => element === document.activeElement)) break;
    await page.keyboard.press('Tab');
  }
  await expect(map(page)).toBeFocused();

  for (let press = 0; press < 20; press++) await page.keyboard.press('+');
  await page.keyboard.press('Home');
  await expect(readout(page)).toContainText(
    /^Block 0 at 0 B \(byte 0\) · unchanged · Partition table, 0 B into it/,
  );
  await page.keyboard.press('n');
  await expect(readout(page)).toContainText(`Block ${runs[0][0].toLocaleString('en-US')} at`);
  await expect(readout(page)).toContainText('· changed · Partition 2 “root”');
  for (let block = runs[0][0]; block < runs[0][1]; block++) await page.keyboard.press('n');
  await expect(readout(page)).toContainText(`Block ${runs[1][0].toLocaleString('en-US')} at`);
  await page.keyboard.press('p');
  await expect(readout(page)).toContainText(`Block ${(runs[0][1] - 1).toLocaleString('en-US')} at`);
  await page.keyboard.press('End');
  await expect(readout(page)).toContainText(`Block ${(bitmap.blocks - 1).toLocaleString('en-US')} at`);
  await page.keyboard.press('0');
  await drawn(page);
  expect((await readMap(page)).window.view.blocksPerCell).toBeGreaterThan(1);

  for (let press = 0; press < 20; press++) await page.keyboard.press('+');
  await page.keyboard.press('Home');
  await page.keyboard.press('n');
  for (let press = 0; press < 9; press++) await page.keyboard.press('Shift+ArrowRight');
  const [first] = runs[0];
  const selection = page.getByRole('tabpanel', { name: 'Selection' });
  await expect(selection).toContainText(
    `blocks ${first.toLocaleString('en-US')}–${(first + 9).toLocaleString('en-US')}`,
  );
  const copy = async (name: string) => {
    await selection.getByRole('button', { name }).focus();
    await page.keyboard.press('Enter');
  };
  const [offset, length] = [first * KIB64, 10 * KIB64];
  await copy('Copy Byte Range');
  await expect.poll(() => copied(page)).toBe(`bytes ${offset}-${offset + length - 1}`);
  await copy('Copy as dd Command');
  await expect
    .poll(() => copied(page))
    .toBe(`dd if="$DISK" of=range.img bs=64K iflag=skip_bytes,count_bytes skip=${offset} count=${length}`);
  await copy('Copy as NBD Command');
  await expect.poll(() => copied(page)).toContain(`offset=${offset} range=${length}`);
  await copy('Copy Changed Extents');
  const inside = [...bitmap.runs(first, first + 10)].map(
    ([from, to]) => `${from * KIB64} ${(to - from) * KIB64}\n`,
  );
  await expect.poll(() => copied(page)).toBe(inside.join(''));
  await map(page).focus();
  await page.keyboard.press('Escape');
  await expect(selection).toBeHidden();
});

test('by mouse: hover, wheel, brush, pan, minimap', async ({ page }) => {
  const bitmap = changedBetween('server', 0, 1);
  await show(page, { disk: 'server', settings: { theme: 'dark' } });
  await wheel(page, 0.5, 0.5, 30);
  const { window } = await readMap(page);
  expect(window.view.blocksPerCell).toBe(1);
  const box = (await map(page).boundingBox())!;
  const at = (column: number, row: number) =>
    [
      box.x + window.offsetX + (column + 0.5) * window.cellWidth,
      box.y + window.offsetY + (row + 0.5) * window.cellHeight,
    ] as const;
  const blockAt = (column: number, row: number) => (window.view.top + row) * window.view.columns + column;
  await page.mouse.move(...at(3, 2));
  const hovered = blockAt(3, 2);
  await expect(readout(page)).toContainText(`Block ${hovered.toLocaleString('en-US')} at`);
  await expect(readout(page)).toContainText(bitmap.has(hovered) ? '· changed' : '· unchanged');

  await page.mouse.down();
  await page.mouse.move(...at(6, 3), { steps: 4 });
  await page.mouse.up();
  const panel = page.getByRole('tabpanel', { name: 'Selection' });
  const [from, to] = [blockAt(3, 2), blockAt(6, 3)];
  await expect(panel).toContainText(`blocks ${from.toLocaleString('en-US')}–${to.toLocaleString('en-US')}`);
  const extents = [...bitmap.runs(from, to + 1)];
  await expect(panel).toContainText(extents.length === 1 ? '1 extent.' : `${extents.length} extents.`);

  const top = async () => {
    const { view, cellHeight, offsetY } = (await readMap(page)).window;
    return view.top * cellHeight - offsetY;
  };
  const before = await top();
  await page.keyboard.down('Alt');
  await page.mouse.move(...at(5, 5));
  await page.mouse.down();
  await page.mouse.move(at(5, 5)[0], at(5, 5)[1] - 40, { steps: 4 });
  await page.mouse.up();
  await page.keyboard.up('Alt');
  await expect.poll(top).toBe(before + 40);
  const strip = (await page.locator('.heatmap-strip').boundingBox())!;
  await page.mouse.click(strip.x + strip.width * 0.75, strip.y + 5);
  await expect
    .poll(async () => {
      const { view } = (await readMap(page)).window;
      return Math.abs((view.top * view.columns) / view.blocks - 0.75);
    })
    .toBeLessThan(0.01);
});

test('tables say what changes, and lead there', async ({ page }) => {
  const bitmap = changedBetween('server', 0, 1);
  await show(page, { disk: 'server', settings: { theme: 'dark' } });
  await page.getByRole('tab', { name: 'Partitions' }).click();
  const rows = page.getByRole('tabpanel').getByRole('row');
  const { regions } = disks.server.layout!;
  await expect(rows).toHaveCount(regions.length + 1);
  for (const [index, { name, offset, length }] of regions.entries()) {
    let changed = 0;
    for (const extent of bitmap.extents()) {
      const start = Math.max(offset, extent.offset);
      changed += Math.max(0, Math.min(offset + length, extent.offset + extent.length) - start);
    }
    const row = rows.nth(index + 1);
    await expect(row).toContainText(name);
    await expect(row.getByRole('cell').nth(3)).toHaveText(formatBytes(changed));
  }
  await expect(page.locator('.heatmap-answer')).toContainText(/of what changed lies in Partition/);
  await rows.nth(4).getByRole('button').click();
  await expect(readout(page)).toContainText('Partition 2 “root” ▸ Journal, 0 B into it');

  await page.getByRole('tab', { name: 'Hot ranges' }).click();
  const hot = page.getByRole('tabpanel').getByRole('row').nth(1);
  await hot.getByRole('button').click();
  await expect(page.getByRole('tab', { name: 'Selection' })).toHaveAttribute('aria-selected', 'true');
});

test('what is saved is what is shown', async ({ page }) => {
  await show(page, { disk: 'server', from: 1, to: 2, settings: { theme: 'dark' } });
  await page.getByRole('button', { name: /PNG/ }).click();
  const png = PNG.sync.read(await saved(page, 1));
  const painted = await readMap(page);
  expect(png.width).toBe(painted.width + 32);
  expect(png.height).toBeGreaterThan(painted.height + 60);
  const top = png.height - painted.height - 16 - 32;
  let differing = 0;
  for (let y = 0; y < painted.height; y++)
    for (let x = 0; x < painted.width; x++)
      for (let channel = 0; channel < 3; channel++)
        if (
          png.data[((y + top) * png.width + x + 16) * 4 + channel] !==
          painted.pixels[(y * painted.width + x) * 4 + channel]
        )
          differing++;
  expect(differing).toBe(0);

  const bitmap = changedBetween('server', 1, 2);
  await page.getByRole('button', { name: /CSV/ }).click();
  const csv = (await saved(page, 2)).toString('utf8').trimEnd().split('\n');
  expect(csv[0]).toBe('offset,length,region');
  expect(csv.slice(1).map((line) => line.split(',').slice(0, 2).map(Number))).toEqual(
    [...bitmap.extents()].map(({ offset, length }) => [offset, length]),
  );

  await page.getByRole('radio', { name: 'Compare' }).click();
  await expect(page.locator('.heatmap-legend')).toContainText('only in B');
  await page.getByRole('button', { name: /JSON/ }).click();
  const json = JSON.parse((await saved(page, 3)).toString('utf8')) as {
    shows: string;
    complete: boolean;
    extents: { offset: number; length: number; changedIn: string }[];
  };
  expect(json.shows).toContain('A: daily-01 → daily-02, B: daily-00 → daily-01');
  expect(json.complete).toBe(true);
  const other = changedBetween('server', 0, 1);
  const listed: string[] = [];
  for (const { offset, length, changedIn } of json.extents)
    for (let block = offset / KIB64; block < (offset + length) / KIB64; block++)
      listed.push(`${block} ${changedIn}`);
  const expected: string[] = [];
  for (let block = 0; block < bitmap.blocks; block++)
    if (bitmap.has(block) || other.has(block))
      expected.push(`${block} ${bitmap.has(block) ? (other.has(block) ? 'both' : 'a') : 'b'}`);
  expect(listed.join('\n')).toBe(expected.join('\n'));
});

test('one block more or less, and what cannot be read, are said plainly', async ({ page }) => {
  await show(page, { disk: 'nothing', settings: { theme: 'dark' } });
  await expect(page.getByRole('tabpanel')).toContainText('Nothing changed here.');
  await expect(page.locator('.heatmap-layout-note')).toContainText('This disk could not be read. Try again.');
  await show(page, { disk: 'one', settings: { theme: 'dark' } });
  await page.locator('.heatmap-map').focus();
  await page.keyboard.press('n');
  await expect(readout(page)).toContainText('Block 0 at 0 B (byte 0) · changed');
  await expect(page.getByRole('tabpanel')).toContainText('512 B');
});

test('nothing in the way of assistive technology, in any theme and mode', async ({ page }) => {
  test.setTimeout(120_000);
  for (const theme of ['dark', 'light', 'hc-dark', 'hc-light'] as const) {
    await show(page, { disk: 'server', from: 6, to: 7, settings: { theme } });
    const look = async (name: string) => {
      await drawn(page);
      await page.screenshot({ path: `test-results/screens/heatmap-${name}-${theme}.png` });
      await expectAccessible(page);
    };
    await page.getByRole('tab', { name: 'Partitions' }).click();
    await expect(page.locator('.heatmap-answer')).toBeVisible();
    await look('partitions');
    await page.getByRole('radio', { name: 'Compare' }).click();
    await map(page).focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('Shift+ArrowDown');
    await expect(page.getByRole('button', { name: 'Clear Selection' })).toBeVisible();
    await look('compare');
    for (const mode of ['Churn', 'Playback']) {
      await page.getByRole('radio', { name: mode }).click();
      await look(mode.toLowerCase());
    }
  }
});
