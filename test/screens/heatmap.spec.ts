import type { Page } from '@playwright/test';
import { BlockBitmap } from '../../src/shared/blocks/bitmap';
import { changedBetween, disks } from '../e2e/heatmap-stage/disks';
import { drawn, expect, show, test } from '../e2e/heatmap-stage/test';

const WIDTH = 1160;
const LAST = disks.server.intervals.length;
const dark = { theme: 'dark' } as const;

const choose = (page: Page, name: string) => page.getByRole('radio', { name, exact: true }).click();

/** From the toolbar down to the legend; with the tables below, as far as the one that is open goes. */
async function picture(page: Page, name: string, tables = false): Promise<void> {
  await drawn(page);
  await page.mouse.move(0, 0);
  await page.waitForTimeout(250);
  const bottom = async (selector: string): Promise<number> => {
    const box = await page.locator(selector).boundingBox();
    return box!.y + box!.height;
  };
  const height = Math.ceil(await bottom(tables ? '.heatmap' : '.heatmap-footer')) + 12;
  await page.screenshot({
    path: `out/looks/heatmap-${name}.png`,
    clip: { x: 0, y: 0, width: WIDTH, height },
  });
}

/** A job that has read a part of what it is to read, was refused a few of those reads, and goes on. */
async function copyPart(page: Page): Promise<void> {
  const planned = changedBetween('server', LAST - 1, LAST);
  const runs = [...planned.runs()];
  const [done, reading] = [Math.floor(runs.length * 0.55), Math.floor(runs.length * 0.57)];
  await page.evaluate(
    ([bytes, sizeBytes]) =>
      window.stage.startJob('job', 'server', {
        sizeBytes,
        planned: Uint8Array.from(bytes),
        done: new Uint8Array(bytes.length),
        runs: [],
      }),
    [[...planned.bytes], planned.sizeBytes] as const,
  );
  const stateOf = (run: number) => (run >= done ? 'reading' : run % 37 === 12 ? 'retried' : 'done');
  await page.evaluate(
    (told) =>
      window.stage.emit('jobs.map', { jobId: 'job', diskUuid: 'server', runs: told, incomplete: false }),
    runs
      .slice(0, reading)
      .map(([first, end], run): [number, number, 'reading' | 'retried' | 'done'] => [
        first,
        end,
        stateOf(run),
      ]),
  );
  await expect(page.locator('.heatmap-job')).toContainText('being read');
}

/** What an export stored that left out every third run, and the second block of each other one, as equal to its base. */
function storedOf(touched: BlockBitmap): BlockBitmap {
  const stored = BlockBitmap.empty(touched.sizeBytes);
  [...touched.runs()].forEach(([first, end], run) => {
    for (let block = first; block < end; block++) if (run % 3 !== 0 && block !== first + 1) stored.set(block);
  });
  return stored;
}

// The pictures of docs/heatmap.md, for docs/images: made-up disks with a week's work of a server.
test('pictures of the heatmap', async ({ page }) => {
  await page.setViewportSize({ width: WIDTH, height: 960 });
  const scene = { disk: 'server', from: LAST - 1, to: LAST, settings: dark } as const;
  await show(page, scene);
  await page.getByRole('tab', { name: 'Partitions' }).click();
  await expect(page.locator('.heatmap-answer')).toBeVisible();
  await picture(page, 'interval', true);
  await choose(page, 'Hilbert');
  await picture(page, 'hilbert');
  await choose(page, 'Rows');
  await choose(page, 'Compare');
  await picture(page, 'compare');
  await choose(page, 'Churn');
  await page.getByLabel('Over the last').selectOption('7');
  await picture(page, 'churn');
  await choose(page, 'Playback');
  await expect(page.locator('.heatmap-frame')).toHaveAttribute('data-state', 'ready');
  await picture(page, 'playback');
  await show(page, scene);
  await copyPart(page);
  await picture(page, 'job');
  await show(page, { ...scene, from: 0, to: 1 });
  await page.evaluate(
    (bytes) => window.stage.exported('server', 0, 1, Uint8Array.from(bytes)),
    [...storedOf(changedBetween('server', 0, 1)).bytes],
  );
  await choose(page, 'Told apart');
  await picture(page, 'difference');
});
