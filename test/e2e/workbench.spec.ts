import { join } from 'node:path';
import { expect, expectAccessible, openDisk, runCommand, test } from './deltascope';
import { expectFits } from './fits';

test('nothing is cut off in a small window and at 200 %, and forced colours keep every editor usable', async ({
  deltascope: { app, page, folder },
}) => {
  test.setTimeout(120_000);
  const main = page.getByRole('main');
  const zoom = async (factor: number): Promise<void> => {
    await app.evaluate(
      ({ BrowserWindow }, wanted) => BrowserWindow.getAllWindows()[0].webContents.setZoomFactor(wanted),
      factor,
    );
    await page.waitForFunction((ratio) => window.devicePixelRatio === ratio, factor);
  };
  const fits = async (what: string): Promise<void> => {
    await page.setViewportSize({ width: 1280, height: 800 });
    await expectFits(page, `${what} at 1280 × 800`);
    await page.setViewportSize({ width: 1440, height: 900 });
    await zoom(2);
    await expectFits(page, `${what} at 200 %`);
    const front = main.getByRole('tab', { selected: true }).first();
    if (await front.isVisible()) await expect(front).toBeInViewport({ ratio: 0.5 });
    await zoom(1);
  };
  const forced = async (): Promise<void> => {
    await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
    await expectAccessible(page);
    await page.emulateMedia({ forcedColors: 'none', reducedMotion: 'no-preference' });
  };

  await expect(page.getByRole('treeitem', { name: /web-01/ })).toBeVisible({ timeout: 30_000 });
  await fits('Welcome');
  await openDisk(page, 'web-01', /web-01 system/);
  await expect(main.getByText(/changed, .* of the disk/)).toBeVisible();
  await fits('a disk');
  await forced();
  await page.getByRole('treeitem', { name: /db-01/ }).first().dblclick();
  await expect(main.getByRole('heading', { level: 1, name: /db-01/ })).toBeVisible();
  await fits('a VM');
  await runCommand(page, 'Export…');
  await main.getByRole('textbox', { name: 'Target folder' }).fill(join(folder, 'exports'));
  await expect(main.getByRole('button', { name: 'Start Export' })).toBeEnabled();
  await fits('an export');
  await forced();
  for (const [command, heading] of [
    ['Open Settings', /Settings/],
    ['Keyboard Shortcuts', /Keyboard/],
    ['About Deltascope', /Deltascope/],
  ] as const) {
    await runCommand(page, command);
    await expect(main.getByRole('heading', { level: 1, name: heading })).toBeVisible();
    await fits(command);
  }
  // Made with the build, not only with a package.
  await expect(main.getByRole('region', { name: 'Text of the notices' })).toContainText('zustand');
  await openDisk(page, 'web-01', /web-01 system/);
  await page.keyboard.press('Control+Backslash');
  // Two groups, and the tables of the map.
  await expect(main.getByRole('tablist')).toHaveCount(3);
  await fits('two groups side by side');
  await runCommand(page, 'Show Problems in the Panel');
  await page.keyboard.press('F1');
  await fits('the palette');
});

test('tabs, groups, menus and notifications behave as in VS Code', async ({ deltascope: { app, page } }) => {
  const main = page.getByRole('main');
  const tab = (name: RegExp) => main.getByRole('tab', { name });
  const item = (name: RegExp) => page.getByRole('treeitem', { name }).first();
  /** Chooses an item of the native menu, as the system would. */
  const choose = (menu: string, label: string) =>
    app.evaluate(
      ({ Menu }, [top, wanted]) => {
        const items = Menu.getApplicationMenu()?.items.find(({ label: name }) => name === top)?.submenu
          ?.items;
        items?.find(({ label: name }) => name === wanted)?.click();
      },
      [menu, label] as const,
    );
  await expect(item(/web-01/)).toBeVisible({ timeout: 30_000 });

  await test.step('a click previews, in one tab; a double click keeps', async () => {
    await item(/web-01/).click();
    await expect(tab(/web-01/)).toBeVisible();
    await item(/files-01/).click();
    await expect(tab(/files-01/)).toBeVisible();
    await expect(tab(/web-01/)).toHaveCount(0);
    await item(/files-01/).dblclick();
    await item(/db-01/).click();
    await expect(tab(/files-01/)).toBeVisible();
    await expect(tab(/db-01/)).toBeVisible();
  });

  await test.step('typing in a tree goes to the name', async () => {
    await item(/web-01/)
      .focus()
      .catch(() => undefined);
    await page.getByRole('tree', { name: 'Pools' }).focus();
    await page.keyboard.type('mail');
    await expect(item(/mail-01/)).toHaveAttribute('aria-selected', 'true');
  });

  await test.step('a tab is dragged to a group of its own, and back', async () => {
    const groups = main.getByRole('tablist');
    await expect(groups).toHaveCount(1);
    const place = (await main.boundingBox())!;
    await tab(/db-01/).hover();
    await page.mouse.down();
    await page.mouse.move(place.x + place.width / 2, place.y + 300, { steps: 5 });
    await page.mouse.move(place.x + place.width - 20, place.y + 300, { steps: 5 });
    await page.mouse.up();
    await expect(groups).toHaveCount(2);
    await tab(/db-01/).dragTo(tab(/files-01/));
    await expect(groups).toHaveCount(1);
  });

  await test.step('the native menu runs the same commands, on what is selected', async () => {
    await item(/files-01/).click();
    await choose('&Disk', 'Export…');
    await expect(main.getByRole('heading', { level: 1 })).toContainText('Export');
    await choose('&View', 'Jobs');
    await expect(page.getByRole('complementary', { name: 'Jobs' })).toBeVisible();
    await choose('&View', 'Pools');
    await expect(item(/files-01/)).toHaveAttribute('aria-selected', 'true');
  });

  await test.step('what is told stays in the notification centre', async () => {
    await runCommand(page, 'Close All');
    await item(/Demo pool/).click();
    await choose('&Disk', 'Take Snapshot');
    await expect(page.getByRole('region', { name: 'Notifications' })).toContainText(/Select a VM/);
    await page.getByRole('button', { name: 'Close notification' }).click();
    await runCommand(page, 'Show or Hide Notifications');
    await expect(page.getByRole('region', { name: 'Notification centre' })).toContainText(/Select a VM/);
  });
});
