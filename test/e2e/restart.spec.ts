import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, openDisk, runCommand, test } from './deltascope';

test('the window comes back as it was: tabs, groups, views, settings, known pools', async ({
  deltascope,
}) => {
  let { page } = deltascope;
  const tab = (name: RegExp) => page.getByRole('main').getByRole('tab', { name });

  await test.step('arrange', async () => {
    await openDisk(page, 'web-01', /web-01 system/);
    await page.getByRole('treeitem', { name: /db-01/ }).first().dblclick();
    await expect(tab(/db-01/)).toHaveAttribute('aria-selected', 'true');
    await page.keyboard.press('Control+Backslash');
    await runCommand(page, 'Show Problems in the Panel');
    await page.keyboard.press('Control+K');
    await page.keyboard.press('Control+T');
    await page.getByRole('option', { name: /Light high contrast|High contrast light/i }).click();
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'hc-light');
  });

  await test.step('restart', async () => {
    ({ page } = await deltascope.restart('--demo'));
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'hc-light');
    await expect(tab(/Welcome/)).toBeVisible();
    await expect(tab(/web-01 system/)).toBeVisible({ timeout: 30_000 });
    await expect(tab(/db-01/)).toBeVisible();
    // Two groups side by side, and the panel.
    await expect(page.getByRole('main').getByRole('tablist')).toHaveCount(3);
    await expect(page.getByRole('tab', { name: /Problems/ })).toHaveAttribute('aria-selected', 'true');
    await expect(page.getByRole('treeitem', { name: /web-01 system/ })).toBeVisible();
  });

  await test.step('a link opens what it names', async () => {
    await page.getByRole('treeitem', { name: /web-01 system/ }).click();
    const uuid = await page
      .getByRole('main')
      .locator('code')
      .filter({ hasText: /^[0-9a-f-]{36}$/ })
      .first()
      .innerText();
    ({ page } = await deltascope.restart('--demo', `deltascope://disk/${uuid}`));
    await expect(tab(/web-01 system/)).toHaveAttribute('aria-selected', 'true', { timeout: 30_000 });
  });

  await test.step('without a pool the editors say so; a bad setting is named, the others stay', async () => {
    const file = join(deltascope.folder, 'profile/settings.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"cividis"', '"rainbow"'));
    ({ page } = await deltascope.restart());
    await expect(page.getByText(/“heatmapColours” cannot be used/)).toBeVisible();
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'hc-light');
    await expect(tab(/Welcome/)).toBeVisible();
    await expect(page.getByText('No pool yet')).toBeVisible();
    await page.screenshot({ path: 'test-results/screens/restart-without-pool.png' });
  });
});
