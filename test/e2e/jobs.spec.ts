import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, expectJobDone, inspect, inspectInAllThemes, runCommand, test } from './deltascope';
import { CRAWL, expectCopying, startExport } from './exporting';

test('a job is slowed, paused, resumed, let run and reported; another is slowed with all others and cancelled', async ({
  deltascope: { app, page, folder },
}) => {
  test.setTimeout(120_000);
  const main = page.getByRole('main');
  const button = (name: string | RegExp) => main.getByRole('button', { name }).first();
  const title = main.getByRole('heading', { level: 1 });
  const exports = join(folder, 'exports');

  await test.step('pause and resume', async () => {
    await startExport(page, { vm: 'web-01', disk: /web-01 system/, folder: exports, limit: CRAWL });
    await expectCopying(page);
    await expect(main.getByText(/limit 102 KiB\/s/)).toBeVisible();
    await inspectInAllThemes(page, 'jobs-1-running');
    await button('Pause').click();
    await expect(title).toContainText('paused');
    await page.keyboard.press('Control+J');
    await inspect(page, 'jobs-2-paused');
    await page.keyboard.press('Control+J');
    await button('Resume').click();
    await expect(title).toContainText('running');
  });

  await test.step('the limit is lifted while it runs', async () => {
    await button('Limit the Rate…').click();
    await page.getByRole('option', { name: 'No limit' }).click();
    await expectJobDone(page);
    await expect(main.getByRole('log')).toContainText('now holds only its change log');
    await inspectInAllThemes(page, 'jobs-3-done');
  });

  await test.step('the reports', async () => {
    const report = async (kind: 'HTML' | 'JSON'): Promise<string> => {
      const file = join(folder, `report.${kind}`);
      await app.evaluate(({ dialog }, filePath) => {
        dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath });
      }, file);
      await runCommand(page, `Save Report as ${kind}`);
      await expect.poll(() => existsSync(file)).toBe(true);
      return readFileSync(file, 'utf8');
    };
    expect(await report('HTML')).toContain('<h1>Export of web-01 system</h1>');
    const { job, log } = JSON.parse(await report('JSON')) as {
      job: { state: string; disks: { outcome: { manifestPath: string } }[] };
      log: { text: string }[];
    };
    expect(job.state).toBe('done');
    expect(existsSync(job.disks[0]?.outcome.manifestPath ?? '')).toBe(true);
    expect(log.map(({ text }) => text).join('\n')).toContain('NBD connected');
  });

  await test.step('a limit over all jobs, and a cancelled job that leaves no file', async () => {
    await page.keyboard.press('Control+Comma');
    await main.getByRole('textbox', { name: 'Rate limit of all jobs together in MiB/s' }).fill(CRAWL);
    await page.keyboard.press('Enter');
    const [disk = ''] = readdirSync(exports);
    const before = readdirSync(join(exports, disk)).sort();
    await startExport(page, { vm: 'db-01', disk: /db-01 data/, folder: exports });
    await expectCopying(page);
    await expect(main.getByText(/limit 102 KiB\/s/)).toBeVisible();
    await button('Cancel…').click();
    await page.getByRole('button', { name: 'Cancel export' }).click();
    await expect(title).toContainText('cancelled');
    await inspect(page, 'jobs-4-cancelled');
    expect(readdirSync(join(exports, disk)).sort()).toEqual(before);
    const others = readdirSync(exports).filter((name) => name !== disk);
    expect(others.flatMap((name) => readdirSync(join(exports, name)))).toEqual([]);
  });
});

test('closing the window asks while a job runs', async ({ deltascope: { app, page, folder } }) => {
  const title = page.getByRole('main').getByRole('heading', { level: 1 });
  await startExport(page, {
    vm: 'web-01',
    disk: /web-01 system/,
    folder: join(folder, 'exports'),
    limit: CRAWL,
  });
  await expectCopying(page);
  const answerWith = (response: number) =>
    app.evaluate(({ dialog }, answer) => {
      const asked = globalThis as { asked?: string };
      delete asked.asked;
      const show = (...args: unknown[]) => {
        asked.asked = (args.at(-1) as { message: string }).message;
        return Promise.resolve({ response: answer, checkboxChecked: false });
      };
      dialog.showMessageBox = show;
    }, response);
  const close = () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
  const asked = () => app.evaluate(() => (globalThis as { asked?: string }).asked);

  await answerWith(1);
  await close();
  await expect.poll(asked).toContain('is running');
  await expect(title).toContainText('running');

  const gone = app.waitForEvent('close');
  await answerWith(0);
  await close();
  await gone;
  const files = readdirSync(join(folder, 'exports'), { recursive: true, withFileTypes: true });
  expect(files.filter((entry) => entry.isFile()).map(({ name }) => name)).toEqual([]);
});
