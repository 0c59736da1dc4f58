import { join } from 'node:path';
import { expect, inspect, inspectInAllThemes, openDisk, runCommand, test } from './deltascope';

test('every editor is accessible in all four themes, every view in dark and light', async ({
  deltascope,
}) => {
  test.setTimeout(180_000);
  const { page, folder } = deltascope;
  const main = page.getByRole('main');
  const run = (command: string) => runCommand(page, command);
  const heading = (name: RegExp) => expect(main.getByRole('heading', { level: 1, name })).toBeVisible();

  await heading(/Deltascope/);
  await expect(page.getByRole('treeitem', { name: /web-01/ })).toBeVisible({ timeout: 30_000 });
  await inspectInAllThemes(page, 'themes-welcome');

  await openDisk(page, 'web-01', /web-01 system/);
  await expect(main.getByText(/changed, .* of the disk/)).toBeVisible();
  await inspectInAllThemes(page, 'themes-disk');

  await openDisk(page, 'gateway-01', /gateway-01 flash/);
  await heading(/gateway-01/);
  await inspect(page, 'disk-no-snapshots');

  await page.getByRole('treeitem', { name: /db-01/ }).first().dblclick();
  await heading(/db-01/);
  await inspectInAllThemes(page, 'themes-vm');

  await run('Export…');
  await expect(main.getByRole('textbox', { name: 'Target folder' })).toBeVisible();
  await inspect(page, 'export-empty');
  await main.getByRole('textbox', { name: 'Target folder' }).fill(join(folder, 'exports'));
  await expect(main.getByRole('button', { name: 'Start Export' })).toBeEnabled();
  await inspectInAllThemes(page, 'themes-export-vm');

  await run('Open Settings');
  await heading(/Settings/);
  await inspectInAllThemes(page, 'themes-settings');
  await run('Keyboard Shortcuts');
  await heading(/Keyboard/);
  await inspectInAllThemes(page, 'themes-shortcuts');
  await run('About Deltascope');
  await expect(main.getByText(/Electron/).first()).toBeVisible();
  await inspectInAllThemes(page, 'themes-about');

  for (const view of ['Problems', 'Log', 'Jobs']) {
    await run(`Show ${view} in the Panel`);
    await expect(page.getByRole('tab', { name: new RegExp(view) })).toHaveAttribute('aria-selected', 'true');
    await inspect(page, `panel-${view.toLowerCase()}`);
  }
  await run('Show or Hide the Panel');
  for (const view of ['Exports', 'Jobs', 'Pools']) {
    await run(`Show ${view}`);
    await inspect(page, `view-${view.toLowerCase()}`);
  }
  await page.keyboard.press('F1');
  await inspect(page, 'palette');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+P');
  await inspect(page, 'go-to');
  await page.keyboard.press('Escape');
  await run('Show or Hide Notifications');
  await inspect(page, 'notifications');
});
