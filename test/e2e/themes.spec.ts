import { join } from 'node:path';
import { expect, expectAccessible, inspect, openDisk, runCommand, test, type Deltascope } from './deltascope';

/** Looks at what is on the screen in every theme. */
async function inspectInAllThemes({ page }: Deltascope, name: string): Promise<void> {
  for (const [id, media] of [
    ['dark', { colorScheme: 'dark', contrast: 'no-preference' }],
    ['light', { colorScheme: 'light', contrast: 'no-preference' }],
    ['hc-dark', { colorScheme: 'dark', contrast: 'more' }],
    ['hc-light', { colorScheme: 'light', contrast: 'more' }],
  ] as const) {
    await page.emulateMedia(media);
    await expect(page.locator('html')).toHaveAttribute('data-theme', id);
    await expectAccessible(page);
    await page.screenshot({ path: `test-results/screens/themes-${name}-${id}.png` });
  }
  await page.emulateMedia({ contrast: 'no-preference' });
}

test('every editor is accessible in all four themes, every view in dark and light', async ({
  deltascope,
}) => {
  test.setTimeout(180_000);
  const { page, folder } = deltascope;
  const main = page.getByRole('main');
  const run = (command: string) => runCommand(page, command);
  const heading = (name: RegExp) => expect(main.getByRole('heading', { level: 1, name })).toBeVisible();

  await openDisk(page, 'web-01', /web-01 system/);
  await expect(main.getByText(/changed, .* of the disk/)).toBeVisible();
  await inspectInAllThemes(deltascope, 'disk');

  await openDisk(page, 'gateway-01', /gateway-01 flash/);
  await heading(/gateway-01/);
  await inspect(page, 'disk-no-snapshots');

  await page.getByRole('treeitem', { name: /db-01/ }).first().dblclick();
  await heading(/db-01/);
  await inspectInAllThemes(deltascope, 'vm');

  await run('Export…');
  await expect(main.getByRole('textbox', { name: 'Target folder' })).toBeVisible();
  await inspect(page, 'export-empty');
  await main.getByRole('textbox', { name: 'Target folder' }).fill(join(folder, 'exports'));
  await expect(main.getByRole('button', { name: 'Start Export' })).toBeEnabled();
  await inspectInAllThemes(deltascope, 'export-vm');

  await run('Open Settings');
  await heading(/Settings/);
  await inspectInAllThemes(deltascope, 'settings');
  await run('Keyboard Shortcuts');
  await heading(/Keyboard/);
  await inspectInAllThemes(deltascope, 'shortcuts');
  await run('About Deltascope');
  await expect(main.getByText(/Electron/).first()).toBeVisible();
  await inspectInAllThemes(deltascope, 'about');

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
