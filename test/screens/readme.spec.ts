import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, expectJobDone, openDisk, runCommand, test } from '../e2e/deltascope';
import { LOOKS, setLook } from './looks';

/** A short name, for it is seen in the pictures. */
const FOLDER = join(tmpdir(), 'backup');

// The pictures of README, for docs/images.
test('pictures of the README', async ({ deltascope }) => {
  const { page } = deltascope;
  const main = page.getByRole('main');
  const button = (name: string) => main.getByRole('button', { name }).first();
  const picture = async (name: string, colorScheme: 'dark' | 'light'): Promise<void> => {
    await page.emulateMedia({ colorScheme });
    await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme);
    await page.waitForTimeout(500);
    await page.screenshot({ path: `out/looks/readme-${name}-${colorScheme}.png` });
  };
  const plan = async (reason: RegExp): Promise<void> => {
    await button('Export…').click();
    await main.getByRole('textbox', { name: 'Target folder' }).fill(FOLDER);
    await expect(main.getByText(reason).first()).toBeVisible();
  };
  mkdirSync(FOLDER);
  try {
    await setLook(deltascope, LOOKS[0]);
    await openDisk(page, 'web-01', /web-01 system/);
    await expect(main.getByText(/changed, .* of the disk/)).toBeVisible();
    await expect(main.getByText(/Partition 2/).first()).toBeVisible();
    await picture('disk', 'dark');
    await plan(/no earlier export of this disk/);
    await button('Start Export').click();
    await expectJobDone(page);
    await runCommand(page, 'Close All');
    await openDisk(page, 'web-01', /web-01 system/);
    await button('Let the Guest Write').click();
    await expect(page.getByText(/web-01 wrote/)).toBeVisible();
    await runCommand(page, 'Clear All Notifications');
    await plan(/Changed block tracking covers the disk/);
    await picture('export', 'dark');
    await button('Start Export').click();
    await expectJobDone(page);
    await runCommand(page, 'Close All');
    await runCommand(page, 'Show Exports');
    await page.getByRole('treeitem', { name: /web-01 system/ }).dblclick();
    await main.getByRole('button', { name: 'Verify the Newest Chain' }).click();
    await expect(main.getByText('match their checksums')).toHaveCount(2);
    await picture('library', 'light');
  } finally {
    rmSync(FOLDER, { recursive: true, force: true });
  }
});
