import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inspect, openDisk, test } from './deltascope';

test('a job is slowed, paused, resumed, let run, reported; another is cancelled and leaves nothing', async ({
  deltascope: { app, page, folder },
}) => {
  test.setTimeout(120_000);
  const main = page.getByRole('main');
  const button = (name: string | RegExp) => main.getByRole('button', { name }).first();
  const title = main.getByRole('heading', { level: 1 });
  const exports = join(folder, 'exports');
  const exportSlowly = async () => {
    await openDisk(page, 'web-01', /web-01 system/);
    await button('Export…').click();
    await main.getByRole('textbox', { name: 'Target folder' }).fill(exports);
    await main.getByRole('textbox', { name: /limit/i }).fill('1');
    await button('Start Export').click();
    await expect(title).toContainText('running');
  };

  await test.step('pause and resume', async () => {
    await exportSlowly();
    await expect(main.getByText(/Bottleneck/)).toBeVisible();
    await inspect(page, 'jobs-1-running');
    await button('Pause').click();
    await expect(title).toContainText('paused');
    await page.keyboard.press('Control+J');
    await inspect(page, 'jobs-2-paused');
    await button('Resume').click();
    await expect(title).toContainText('running');
  });

  await test.step('the limit is lifted while it runs', async () => {
    await button('Limit the Rate…').click();
    await page.getByRole('option', { name: 'No limit' }).click();
    await expect(title).toContainText('done', { timeout: 60_000 });
    await inspect(page, 'jobs-3-done');
  });

  await test.step('the report', async () => {
    const file = join(folder, 'report.html');
    await app.evaluate(({ dialog }, filePath) => {
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath });
    }, file);
    await page.keyboard.press('F1');
    await page.keyboard.type('Save Report as HTML');
    await page.keyboard.press('Enter');
    await expect.poll(() => existsSync(file)).toBe(true);
    expect(readFileSync(file, 'utf8')).toContain('web-01 system');
  });

  await test.step('a cancelled job leaves no file', async () => {
    const [disk = ''] = readdirSync(exports);
    const before = readdirSync(join(exports, disk)).sort();
    await openDisk(page, 'db-01', /db-01 data/);
    await button('Export…').click();
    await main.getByRole('textbox', { name: 'Target folder' }).fill(exports);
    await main.getByRole('textbox', { name: /limit/i }).fill('1');
    await button('Start Export').click();
    await expect(title).toContainText('running');
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
  const main = page.getByRole('main');
  await openDisk(page, 'web-01', /web-01 system/);
  await main.getByRole('button', { name: 'Export…' }).first().click();
  await main.getByRole('textbox', { name: 'Target folder' }).fill(join(folder, 'exports'));
  await main.getByRole('textbox', { name: /limit/i }).fill('1');
  await main.getByRole('button', { name: 'Start Export' }).click();
  await expect(main.getByRole('heading', { level: 1 })).toContainText('running');
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
  await expect(main.getByRole('heading', { level: 1 })).toContainText('running');

  const gone = app.waitForEvent('close');
  await answerWith(0);
  await close();
  await gone;
});
