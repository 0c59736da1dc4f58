import { colourTable } from '../../src/renderer/features/heatmap/drawing/colour-table';
import { liveValue } from '../../src/renderer/features/heatmap/model/live-states';
import { colourRow } from '../../src/renderer/features/heatmap/model/picture';
import { formatBytes } from '../../src/renderer/platform/format';
import { THEMES } from '../../src/renderer/theme';
import { BlockBitmap } from '../../src/shared/blocks/bitmap';
import { changedBetween, disks } from './heatmap-stage/disks';
import { counterOf, shade } from './heatmap-stage/expected';
import { drawn, expect, expectCells, readMap, show, test, wheel, type CellOf } from './heatmap-stage/test';
import type { Page } from '@playwright/test';

const colours = colourTable({ theme: THEMES.dark, colours: 'cividis', boost: false });
const between = (from: number, to: number) => changedBetween('server', from, to);
const INTERVALS = disks.server.intervals.length;

const choose = (page: Page, name: string) => page.getByRole('radio', { name, exact: true }).click();
const legend = (page: Page) => page.locator('.heatmap-legend');

/** What the strip of the whole disk is painted with, as `red,green,blue`. */
const stripColours = (page: Page): Promise<string[]> =>
  page.locator('.heatmap-strip canvas').evaluate((strip: HTMLCanvasElement) => {
    const { data } = strip.getContext('2d')!.getImageData(0, 0, strip.width, strip.height);
    const found = new Set<string>();
    for (let at = 0; at < data.length; at += 4) found.add(data.slice(at, at + 3).join());
    return [...found];
  });

/** The picture at two zooms and in both layouts. */
async function expectEverywhere(page: Page, cellOf: CellOf): Promise<void> {
  for (const layout of ['Hilbert', 'Rows']) {
    await choose(page, layout);
    expectCells(await readMap(page), colours, cellOf);
    await wheel(page, 0.4, 0.6, 5);
    expectCells(await readMap(page), colours, cellOf);
    await page.getByRole('button', { name: 'Show the Whole Disk' }).click();
  }
}

for (const heatmapRenderer of ['webgl2', 'canvas2d'] as const) {
  test(`two intervals are compared cell by cell, ${heatmapRenderer}`, async ({ page }) => {
    const [a, b] = [between(5, 6), between(4, 5)];
    const both = BlockBitmap.empty(a.sizeBytes);
    const [onlyA, onlyB] = [BlockBitmap.empty(a.sizeBytes), BlockBitmap.empty(a.sizeBytes)];
    for (let block = 0; block < a.blocks; block++)
      if (a.has(block) && b.has(block)) both.set(block);
      else if (a.has(block)) onlyA.set(block);
      else if (b.has(block)) onlyB.set(block);
    const [countA, countB, countBoth] = [onlyA, onlyB, both].map(counterOf);
    const of =
      (row: number, ...counts: ((first: number, end: number) => number)[]): CellOf =>
      (first, end) => {
        const value = shade(
          counts.reduce((sum, count) => sum + count(first, end), 0),
          end - first,
        );
        return value === 0 ? 0 : value | (row << 8);
      };
    const { heat, onlyA: rowA, onlyB: rowB, both: rowBoth } = colourRow;

    await show(page, { disk: 'server', from: 5, to: 6, settings: { theme: 'dark', heatmapRenderer } });
    await choose(page, 'Compare');
    await expect(legend(page)).toContainText('only in B');
    await expectEverywhere(page, (first, end) => {
      const [inA, inB, inBoth] = [countA, countB, countBoth].map((count) => count(first, end));
      const row = inB + inBoth === 0 ? rowA : inA + inBoth === 0 ? rowB : rowBoth;
      const value = shade(inA + inB + inBoth, end - first);
      return value === 0 ? 0 : value | (row << 8);
    });
    for (const [name, cellOf] of [
      ['A', of(rowA, countA, countBoth)],
      ['B', of(rowB, countB, countBoth)],
      ['A or B', of(heat, countA, countB, countBoth)],
      ['Only A', of(rowA, countA)],
      ['Only B', of(rowB, countB)],
      ['Both', of(rowBoth, countBoth)],
    ] as const) {
      await choose(page, name);
      expectCells(await readMap(page), colours, cellOf);
    }
  });
}

test('touched is told from truly different where an export has compared', async ({ page }) => {
  const touched = between(0, 1);
  const [different, same] = [BlockBitmap.empty(touched.sizeBytes), BlockBitmap.empty(touched.sizeBytes)];
  // Every third run was written anew with what was there before, and the second block of each other one.
  [...touched.runs()].forEach(([first, end], run) => {
    for (let block = first; block < end; block++)
      (run % 3 === 0 || block === first + 1 ? same : different).set(block);
  });
  const stored = BlockBitmap.empty(touched.sizeBytes);
  for (const [first, end] of different.runs())
    for (let block = first; block < end; block++) stored.set(block);
  // An export may hold blocks of its own; they say nothing about this interval.
  stored.set(0);
  expect(touched.has(0)).toBe(false);
  await show(page, { disk: 'server', numbers: true, settings: { theme: 'dark' } });
  await expect(page.getByRole('radio', { name: 'Told apart' })).toBeHidden();
  await page.evaluate(
    (bytes) => window.stage.exported('server', 0, 1, Uint8Array.from(bytes)),
    [...stored.bytes],
  );
  const [countDifferent, countSame, countTouched] = [different, same, touched].map(counterOf);
  const { onlyA, onlyB, both, heat } = colourRow;
  const only =
    (count: (first: number, end: number) => number, row: number): CellOf =>
    (first, end) => {
      const value = shade(count(first, end), end - first);
      return value === 0 ? 0 : value | (row << 8);
    };
  await expect(page.locator('.ds-numbers')).toContainText(
    `Truly different${formatBytes(different.changedBytes())}, `,
  );
  await expect(page.locator('.heatmap-controls')).toContainText(
    `${formatBytes(same.changedBytes())} were equal and left out`,
  );
  expectCells(await readMap(page), colours, only(countTouched, heat));
  await choose(page, 'Told apart');
  await expect(legend(page)).toContainText('rewritten with the same bytes');
  await expectEverywhere(page, (first, end) => {
    const [inDifferent, inSame] = [countDifferent(first, end), countSame(first, end)];
    const row = inSame === 0 ? onlyA : inDifferent === 0 ? onlyB : both;
    const value = shade(inDifferent + inSame, end - first);
    return value === 0 ? 0 : value | (row << 8);
  });
  await choose(page, 'Truly different');
  expectCells(await readMap(page), colours, only(countDifferent, onlyA));
  await choose(page, 'Rewritten the same');
  expectCells(await readMap(page), colours, only(countSame, onlyB));
});

test('churn counts the intervals in which each cell changed', async ({ page }) => {
  await show(page, { disk: 'server', from: 7, to: 8, settings: { theme: 'dark' } });
  await choose(page, 'Churn');
  for (const over of [7, 3, INTERVALS]) {
    await page.getByLabel('Over the last').selectOption(String(over));
    await expect(legend(page)).toContainText(`${over} of ${over}`);
    const counts = Array.from({ length: over }, (_, n) =>
      counterOf(between(INTERVALS - 1 - n, INTERVALS - n)),
    );
    await expectEverywhere(page, (first, end) => {
      const touched = counts.filter((count) => count(first, end) > 0).length;
      return touched === 0 ? 0 : shade(touched, over) | (colourRow.churn << 8);
    });
  }
});

test('playback shows each interval over a trail of those before it', async ({ page }) => {
  await show(page, { disk: 'server', from: 0, to: 1, settings: { theme: 'dark' } });
  await choose(page, 'Playback');
  const frame = page.locator('.heatmap-frame');
  const frameCells =
    (at: number): CellOf =>
    (first, end) => {
      const counts = trail(at);
      const value = shade(counts[0](first, end), end - first);
      if (value > 0) return value;
      const older = counts.slice(1);
      const age = older.findIndex((count) => count(first, end) > 0);
      return age < 0 ? 0 : Math.max(1, Math.round(254 * (1 - age / older.length))) | (colourRow.trail << 8);
    };
  const known = new Map<number, (first: number, end: number) => number>();
  const trail = (at: number) =>
    [at, at - 1, at - 2, at - 3]
      .filter((index) => index >= 0)
      .map((index) => {
        const count = known.get(index) ?? counterOf(between(index, index + 1));
        known.set(index, count);
        return count;
      });

  const scrubber = page.getByRole('slider', { name: 'Interval' });
  for (const at of [7, 0, 1, 4]) {
    await scrubber.fill(String(at));
    await expect(frame).toContainText(`${at + 1} of ${INTERVALS}`);
    await expect(frame).toHaveAttribute('data-state', 'ready');
    expectCells(await readMap(page), colours, frameCells(at));
  }
  await page.getByRole('button', { name: 'Next interval' }).click();
  await expect(frame).toContainText(`6 of ${INTERVALS}`);
  expectCells(await readMap(page), colours, frameCells(5));

  await page.getByLabel('Speed').selectOption('4');
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible();
  await expect(frame).toContainText(`${INTERVALS} of ${INTERVALS}`);
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
  expectCells(await readMap(page), colours, frameCells(INTERVALS - 1));
});

test('nothing plays by itself for those who want less motion', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await show(page, { disk: 'server', settings: { theme: 'dark' } });
  await choose(page, 'Playback');
  await expect(page.getByRole('button', { name: 'Previous interval' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeHidden();
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
});

test('disks that have grown are compared as far as the larger goes', async ({ page }) => {
  const last = changedBetween('grown', 1, 2);
  await show(page, { disk: 'grown', from: 0, to: 1, settings: { theme: 'dark' } });
  expect((await readMap(page)).window.view.blocks).toBe(changedBetween('grown', 0, 1).blocks);
  // The partition was made larger with the disk; here only its first part is.
  const band = (await page.getByRole('button', { name: /^Show Partition 1/ }).boundingBox())!;
  const strip = (await page.getByRole('list', { name: 'Partitions' }).boundingBox())!;
  expect(Math.abs(band.x + band.width - strip.x - strip.width)).toBeLessThan(2);
  await choose(page, 'Compare');
  await choose(page, 'B');
  await drawn(page);
  const painted = await readMap(page);
  expect(painted.window.view.blocks).toBe(last.blocks);
  const count = counterOf(last);
  expectCells(painted, colours, (first, end) => {
    const value = shade(count(first, end), end - first);
    return value === 0 ? 0 : value | (colourRow.onlyB << 8);
  });
});

test('a running export is followed block by block', async ({ page }) => {
  const planned = between(0, 1);
  const count = counterOf(planned);
  const runs = [...planned.runs()];
  const states = new Map<number, keyof typeof liveValue>();
  const tell = async (upTo: number, state: 'reading' | 'done' | 'retried' | 'failed', from = 0) => {
    const told = runs.slice(from, upTo).map(([first, end]) => [first, end, state] as const);
    for (const [first, end] of told) for (let block = first; block < end; block++) states.set(block, state);
    await page.evaluate(
      (changes) =>
        window.stage.emit('jobs.map', {
          jobId: 'job',
          diskUuid: 'server',
          runs: changes.map(([first, end, what]) => [first, end, what]),
          incomplete: false,
        }),
      told,
    );
  };
  const cells: CellOf = (first, end) => {
    if (count(first, end) === 0) return 0;
    const here = new Set<string>();
    for (let block = first; block < end; block++)
      if (planned.has(block)) here.add(states.get(block) ?? 'queued');
    const state = (['failed', 'reading', 'queued', 'retried', 'done'] as const).find((one) => here.has(one))!;
    return liveValue[state] | (colourRow.live << 8);
  };
  await show(page, { disk: 'server', settings: { theme: 'dark' } });
  await page.evaluate(
    ([bytes, done, sizeBytes]) =>
      window.stage.startJob('job', 'server', {
        sizeBytes,
        planned: Uint8Array.from(bytes),
        done: new Uint8Array(done),
        runs: [],
      }),
    [[...planned.bytes], planned.bytes.length, planned.sizeBytes] as const,
  );
  const line = page.locator('.heatmap-job');
  await expect(line).toContainText('0 B read');
  expectCells(await readMap(page), colours, cells);
  await tell(200, 'reading');
  await expect(line).toContainText('being read');
  expectCells(await readMap(page), colours, cells);
  const done = (liveValue.done + colourRow.live * 256) * 4;
  const doneColour = [...colours.rgba.slice(done, done + 3)].join();
  expect(await stripColours(page)).not.toContain(doneColour);
  await tell(150, 'done');
  await expect.poll(() => stripColours(page)).toContain(doneColour);
  await tell(170, 'retried', 150);
  await tell(171, 'failed', 170);
  await expect(line).toContainText('failed');
  await wheel(page, 0.5, 0.3, 4);
  expectCells(await readMap(page), colours, cells);
  await page.getByRole('button', { name: 'Show what the export does' }).click();
  await expect(line).toBeHidden();
  expectCells(await readMap(page), colours, (first, end) => shade(count(first, end), end - first));
});
