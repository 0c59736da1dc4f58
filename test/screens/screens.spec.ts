import { join } from 'node:path';
import { openDisk, runCommand, test, type Deltascope } from '../e2e/deltascope';
import { expect } from '../e2e/deltascope';
import { CRAWL, expectCopying, startExport } from '../e2e/exporting';
import { findClipped } from '../e2e/fits';
import { LOOKS, setLook } from './looks';

/** A picture of the screen at every size, in dark and light; says what is cut off. At each size it is made ready first. */
async function look(
  deltascope: Deltascope,
  name: string,
  ready: () => Promise<void> = async () => undefined,
): Promise<void> {
  const { page } = deltascope;
  for (const at of LOOKS) {
    await setLook(deltascope, at);
    await ready();
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme);
      await page.waitForTimeout(250);
      await page.screenshot({ path: `out/looks/${name}-${at.name}-${colorScheme}.png` });
    }
    const clipped = await page.evaluate(findClipped);
    if (clipped.length > 0) console.log(`${name} at ${at.name}:\n  ${clipped.join('\n  ')}`);
  }
  await setLook(deltascope, LOOKS[0]);
}

test.describe('without a pool', () => {
  test.use({ arguments: [] });
  test('screens', async ({ deltascope }) => {
    const { page } = deltascope;
    await expect(page.getByText('No pool yet')).toBeVisible();
    await look(deltascope, 'none-welcome');
    await runCommand(page, 'Show Exports');
    await runCommand(page, 'Show Problems in the Panel');
    await look(deltascope, 'none-exports-problems');
    await runCommand(page, 'Show Jobs');
    await runCommand(page, 'Show Jobs in the Panel');
    await look(deltascope, 'none-jobs');
    await runCommand(page, 'Close All');
    await runCommand(page, 'Show Log in the Panel');
    await look(deltascope, 'none-watermark-log');
    await page.keyboard.press('Control+K');
    await page.keyboard.press('Control+O');
    await page.keyboard.press('Enter');
    await look(deltascope, 'none-connect');
  });
});

test('screens', async ({ deltascope }) => {
  const { page, folder } = deltascope;
  const main = page.getByRole('main');
  const run = (command: string) => runCommand(page, command);
  await expect(page.getByRole('treeitem', { name: /web-01/ })).toBeVisible({ timeout: 30_000 });
  await look(deltascope, 'welcome');
  await openDisk(page, 'mail-01', /mail-01 /);
  await look(deltascope, 'disk-untracked');
  await openDisk(page, 'gateway-01', /gateway-01 flash/);
  await look(deltascope, 'disk-no-snapshots');
  await openDisk(page, 'build-01', /build-01 scratch/);
  await look(deltascope, 'disk-no-cbt-storage');
  await openDisk(page, 'web-01', /web-01 system/);
  await expect(main.getByText(/changed, .* of the disk/)).toBeVisible();
  await look(deltascope, 'disk');
  await look(deltascope, 'disk-below', async () => {
    // The map is as high as the window lets it be once it has been drawn.
    await page.waitForTimeout(250);
    await page.locator('.ds-editor').evaluate((editor) => editor.scrollTo(0, editor.scrollHeight));
  });
  await page.getByRole('treeitem', { name: /db-01/ }).first().dblclick();
  await expect(main.getByRole('heading', { level: 1, name: /db-01/ })).toBeVisible();
  await look(deltascope, 'vm');
  await run('Export…');
  await expect(main.getByRole('textbox', { name: 'Target folder' })).toBeVisible();
  await look(deltascope, 'export-empty');
  await main.getByRole('textbox', { name: 'Target folder' }).fill(join(folder, 'exports'));
  await expect(main.getByRole('button', { name: 'Start Export' })).toBeEnabled();
  await look(deltascope, 'export-plan');
  await main.getByRole('textbox', { name: 'Target folder' }).fill('/proc/nothing');
  await page.waitForTimeout(2500);
  await look(deltascope, 'export-blocked');
  await look(deltascope, 'export-below', () =>
    page.locator('.ds-editor:visible').evaluate((editor) => editor.scrollTo(0, editor.scrollHeight)),
  );
  await main.getByRole('textbox', { name: 'Target folder' }).fill(join(folder, 'exports'));
  await main.getByRole('button', { name: 'Start Export' }).click();
  await expect(main.getByRole('heading', { level: 1 })).toContainText('done', { timeout: 120_000 });
  await look(deltascope, 'job-done');
  await run('Show Jobs');
  await run('Show Jobs in the Panel');
  await look(deltascope, 'jobs');
  await run('Show Exports');
  await page.keyboard.press('Control+K');
  const first = page.getByRole('treeitem').nth(1);
  await first.dblclick().catch(() => undefined);
  await look(deltascope, 'chain');
  await run('Show Problems in the Panel');
  await look(deltascope, 'problems');
  await run('Show Log in the Panel');
  await look(deltascope, 'log');
  await run('Show or Hide the Panel');
  await run('Show Pools');
  await run('Open Settings');
  await look(deltascope, 'settings');
  await main.getByLabel('NBD connections per disk').fill('99');
  await page.keyboard.press('Tab');
  await look(deltascope, 'settings-invalid');
  await run('Keyboard Shortcuts');
  await look(deltascope, 'shortcuts');
  await run('About Deltascope');
  await expect(main.getByText(/Electron/).first()).toBeVisible();
  await look(deltascope, 'about');
  await page.getByRole('treeitem', { name: /web-01 system/ }).click();
  await page.keyboard.press('Control+Backslash');
  await look(deltascope, 'split');
  await page.getByRole('treeitem', { name: /web-01 system/ }).click({ button: 'right' });
  await look(deltascope, 'context-menu');
  await page.keyboard.press('Escape');
  await page.keyboard.press('F1');
  await look(deltascope, 'palette');
  await page.keyboard.press('Escape');
  for (const [name, typed] of [
    ['go-to', 'web'],
    ['go-to-none', 'zzzz'],
    ['quick-help', '?'],
    ['quick-snapshots', '@'],
  ] as const) {
    await page.keyboard.press('Control+P');
    await page.keyboard.type(typed);
    await look(deltascope, name);
    await page.keyboard.press('Escape');
  }
  await run('Disable Change Tracking');
  await look(deltascope, 'confirm');
  await page.keyboard.press('Escape');
  await run('Show or Hide Notifications');
  await look(deltascope, 'notifications');
  await run('Show or Hide Notifications');
  await page.getByRole('treeitem', { name: /Demo pool/ }).click();
  await run('Disconnect');
  await page.keyboard.press('Escape');
  await look(deltascope, 'offline');
});

test('screens of a job under way', async ({ deltascope }) => {
  const { page, folder } = deltascope;
  const exports = join(folder, 'exports');
  await startExport(page, { vm: 'web-01', disk: /web-01 system/, folder: exports, limit: CRAWL });
  await expectCopying(page);
  await look(deltascope, 'job-running');
  await deltascope.kill();
  const restarted = { ...deltascope, ...(await deltascope.restart()) };
  await runCommand(restarted.page, 'Show Jobs');
  await restarted.page.getByRole('tree', { name: 'Jobs' }).getByRole('treeitem').first().dblclick();
  const title = restarted.page.getByRole('main').getByRole('heading', { level: 1 });
  await expect(title).toContainText('interrupted');
  await look(restarted, 'job-interrupted');
});
