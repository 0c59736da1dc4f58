import { expect, inspect, test } from './deltascope';
import { OutsidePool } from './outside-pool';

test.use({ arguments: [] });

test('a pool is met, trusted, joined by another, lost, and refused with another certificate', async ({
  deltascope: { page },
}) => {
  test.setTimeout(120_000);
  const pool = await OutsidePool.start();
  let imposter: OutsidePool | undefined;
  const dialog = page.getByRole('dialog');
  const pools = page.getByRole('treeitem', { level: 1 });
  const field = (label: string) => dialog.getByLabel(label, { exact: true });
  const connect = async (url: string, password: string) => {
    await field('Address').fill(url);
    await field('User').fill(pool.user);
    await field('Password').fill(password);
    await page.keyboard.press('Enter');
  };
  try {
    await test.step('nothing is known yet', async () => {
      await expect(page.getByRole('heading', { name: 'Deltascope' })).toBeVisible();
      await inspect(page, 'connect-0-welcome');
      await page.keyboard.press('Control+K');
      await page.keyboard.press('Control+O');
      await expect(dialog).toContainText('Connect to a pool');
      await page.keyboard.press('Enter');
      await expect(dialog.getByText(/Type a host name/)).toBeVisible();
      await inspect(page, 'connect-1-empty');
    });

    await test.step('nobody answers there', async () => {
      await connect('127.0.0.1:1', 'secret');
      await expect(dialog.getByText(/cannot be reached/)).toBeVisible();
      await inspect(page, 'connect-2-unreachable');
    });

    await test.step('trust on first use, with a wrong password', async () => {
      await connect(pool.url, 'wrong');
      await expect(dialog.getByLabel(pool.fingerprint)).toBeVisible();
      await inspect(page, 'connect-3-certificate');
      await dialog.getByRole('button', { name: 'Trust and connect' }).click();
      await expect(dialog.getByText(/does not accept this user name and password/)).toBeVisible();
      await inspect(page, 'connect-4-wrong-password');
    });

    await test.step('the right password', async () => {
      await connect(pool.url, pool.password);
      const trust = dialog.getByRole('button', { name: 'Trust and connect' });
      await expect(trust.or(pools.first())).toBeVisible();
      if (await trust.isVisible()) await trust.click();
      await expect(pools).toHaveCount(1);
      await expect(dialog).toBeHidden();
    });

    await test.step('two pools side by side', async () => {
      await page.keyboard.press('Control+K');
      await page.keyboard.press('Control+D');
      await expect(pools).toHaveCount(2);
      await expect(page.getByRole('treeitem', { name: /web-01/ })).toHaveCount(2);
      await inspect(page, 'connect-5-two-pools');
    });

    await test.step('the pool goes away', async () => {
      await pool.end();
      await expect(page.getByText(/was lost/).first()).toBeVisible({ timeout: 30_000 });
      await inspect(page, 'connect-6-lost');
    });

    await test.step('another certificate at its address is an alarm', async () => {
      imposter = await OutsidePool.start(pool.listen);
      const offline = page.getByRole('treeitem', { name: new RegExp(pool.listen) });
      await expect(offline).toContainText(/certificate/i, { timeout: 45_000 });
      await inspect(page, 'connect-7-refused');
      await offline.click();
      await page.keyboard.press('F1');
      await page.keyboard.type('Connect Again');
      await page.keyboard.press('Enter');
      await field('Password').fill(imposter.password);
      await page.keyboard.press('Enter');
      const alarm = page.getByRole('alertdialog').or(dialog);
      await expect(alarm).toContainText('The certificate of this pool has changed');
      await expect(alarm.getByLabel(pool.fingerprint)).toBeVisible();
      await expect(alarm.getByLabel(imposter.fingerprint)).toBeVisible();
      await expect(alarm.getByRole('button', { name: 'Trust the new certificate' })).toBeDisabled();
      await inspect(page, 'connect-8-changed');
      await alarm.getByRole('button', { name: 'Do not connect' }).click();
      await expect(alarm).toBeHidden();
    });
  } finally {
    await pool.end();
    await imposter?.end();
  }
});
