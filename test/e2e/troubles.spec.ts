import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { z } from 'zod';
import { expect, expectJobDone, inspect, openDisk, runCommand, test, timelineOf } from './deltascope';
import { CRAWL, expectCopying, startExport } from './exporting';
import { OutsidePool } from './outside-pool';
import { ask, connect } from './through-bridge';

test.use({ arguments: [] });

let pool: OutsidePool;
test.beforeEach(async () => {
  pool = await OutsidePool.start();
});
test.afterEach(() => pool.end());

const FLASH = { vm: 'gateway-01', disk: /gateway-01 flash/ };
const titleOf = (page: Page) => page.getByRole('main').getByRole('heading', { level: 1 });
const filesIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name))
    : [];
/** The classes of what the pool was not built with. */
async function leftOnPool(): Promise<string[]> {
  const left = z.array(z.object({ class: z.string() })).parse(await pool.act('leftovers'));
  return left.map((one) => one.class).sort();
}

test('a job that fails says why and what to do, and is tried again from its page; Quit logs out', async ({
  deltascope: { app, page, folder },
}) => {
  const main = page.getByRole('main');
  const exports = join(folder, 'exports');
  await connect(page, pool);
  await pool.fault({
    kind: 'call-error',
    method: 'VM.snapshot',
    code: 'SR_FULL',
    params: ['100', '1'],
    count: 99,
  });
  await startExport(page, { ...FLASH, folder: exports });
  await expect(titleOf(page)).toContainText('failed');
  const reason = main.getByRole('alert').first();
  await expect(reason).toContainText(/full|space/i);
  await expect(reason.locator('.ds-note-next')).not.toBeEmpty();
  await expect(main.getByRole('table', { name: /Phases of/ })).toContainText('failed');
  await inspect(page, 'jobs-5-failed');
  expect(filesIn(exports)).toEqual([]);
  await expect.poll(leftOnPool).toEqual([]);

  await pool.act('clear-faults');
  await main.getByRole('button', { name: 'Export Again…' }).click();
  await expect(main.getByRole('textbox', { name: 'Target folder' })).toHaveValue(exports);
  await main.getByRole('button', { name: 'Start Export' }).click();
  await expectJobDone(page);

  const sessions = () => pool.act('sessions');
  expect(await sessions()).toContain('deltascope');
  const gone = app.waitForEvent('close');
  await app.evaluate(({ Menu }) => {
    const items = Menu.getApplicationMenu()?.items.flatMap(({ submenu }) => submenu?.items ?? []);
    items?.find(({ role }) => role === 'quit')?.click();
  });
  await gone;
  expect(await sessions()).not.toContain('deltascope');
});

test('a job goes on after the app was killed; what one left that cannot go on is found under Problems', async ({
  deltascope,
}) => {
  test.setTimeout(120_000);
  const { folder } = deltascope;
  let { page } = deltascope;
  const exports = join(folder, 'exports');
  const killed = async (what: { vm: string; disk: RegExp }): Promise<void> => {
    await startExport(page, { ...what, folder: exports, limit: CRAWL });
    await expectCopying(page);
    await deltascope.kill();
  };

  await test.step('killed, and resumed', async () => {
    await connect(page, pool);
    await killed(FLASH);
    ({ page } = await deltascope.restart());
    const main = page.getByRole('main');
    const button = (name: string) => main.getByRole('button', { name }).first();
    await runCommand(page, 'Show Jobs');
    await page.getByRole('tree', { name: 'Jobs' }).getByRole('treeitem').first().dblclick();
    await expect(titleOf(page)).toContainText('interrupted');
    await expect(main.getByText(/Deltascope ended while this job ran/)).toBeVisible();
    await expect(main.getByRole('row', { name: /^Copy/ })).toContainText('interrupted');
    await inspect(page, 'jobs-6-interrupted');
    const poolId = await connect(page, pool);
    await button('Resume').click();
    await expectCopying(page);
    await button('Limit the Rate…').click();
    await page.getByRole('option', { name: 'No limit' }).click();
    await expectJobDone(page);
    // The change metadata is kept for the next increment, and nothing else.
    await expect.poll(leftOnPool).toEqual(['VDI']);
    const { disks } = await ask(page, 'inventory.get', { poolId });
    const truth = join(folder, 'truth.raw');
    await pool.act('dump', { vdi: disks.find(({ name }) => FLASH.disk.test(name))!.uuid, path: truth });
    const images = filesIn(exports).filter((file) => file.endsWith('.qcow2'));
    expect(images).toHaveLength(1);
    expect(execFileSync('qemu-img', ['compare', truth, images[0]], { encoding: 'utf8' })).toContain(
      'Images are identical',
    );
  });

  await test.step('leftovers', async () => {
    await runCommand(page, 'Show Pools');
    await killed({ vm: 'web-01', disk: /web-01 system/ });
    const jobs = join(folder, 'profile/jobs');
    for (const name of readdirSync(jobs).filter((file) => file.endsWith('.jsonl')))
      writeFileSync(join(jobs, name), 'lost\n');
    ({ page } = await deltascope.restart());
    await connect(page, pool);
    await openDisk(page, FLASH.vm, FLASH.disk);
    await runCommand(page, 'Show Problems in the Panel');
    const finding = page.getByRole('listitem').filter({ hasText: 'that exports left behind' });
    await expect(finding).toBeVisible();
    await inspect(page, 'problems-leftovers');
    await finding.getByRole('button').click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText('VM snapshot');
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await expect.poll(leftOnPool, { timeout: 30_000 }).toEqual(['VDI']);
    await expect(finding).toBeHidden();
  });
});

test('what an export had to leave on the pool is said by its job until it is removed under Problems', async ({
  deltascope,
}) => {
  const exports = join(deltascope.folder, 'exports');
  let { page } = deltascope;
  const leftNote = () => page.getByRole('main').getByText(/^The clean-up failed: /);
  await connect(page, pool);
  await pool.fault({
    ...{ kind: 'call-error', method: 'VDI.data_destroy', code: 'RBAC_PERMISSION_DENIED' },
    ...{ params: ['vdi.data_destroy', 'no'], count: 99 },
  });
  await startExport(page, { ...FLASH, folder: exports });
  await expectJobDone(page);
  await expect(leftNote()).toBeVisible();
  await runCommand(page, 'Show Jobs in the Panel');
  await expect(page.getByRole('table', { name: 'Jobs' }).getByText('clean-up failed')).toBeVisible();
  await inspect(page, 'jobs-7-left-behind');
  await runCommand(page, 'Show Problems in the Panel');
  await expect(page.getByRole('listitem').filter({ hasText: 'that exports left behind' })).toBeVisible();
  await pool.act('clear-faults');
  // Of a journal that was lost; or of somebody who chose such a name.
  const [machine] = z.array(z.string()).parse(await pool.call('VM.get_by_name_label', 'web-01'));
  await pool.call('VM.snapshot', machine, 'Deltascope 2026-11-24 21:00:00 UTC 1a2b3c4d');

  ({ page } = await deltascope.restart());
  await connect(page, pool);
  await runCommand(page, 'Show Jobs');
  const item = page.getByRole('tree', { name: 'Jobs' }).getByRole('treeitem').first();
  await expect(item.getByRole('img', { name: 'clean-up failed' })).toBeVisible();
  await item.dblclick();
  await expect(leftNote()).toBeVisible();
  await page.getByRole('main').getByRole('button', { name: 'Show Problems in the Panel' }).click();
  const finding = (text: string) => page.getByRole('listitem').filter({ hasText: text });
  const unproved = finding('nothing proves that Deltascope took it');
  await expect(unproved).toContainText(/xe snapshot-uninstall uuid=[0-9a-f-]{36}/);
  await expect(unproved.getByRole('button')).toHaveCount(0);
  await inspect(page, 'problems-left-behind');
  await finding('that exports left behind').getByRole('button').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect(leftNote()).toBeHidden();
  await expect(item.getByRole('img', { name: 'clean-up failed' })).toBeHidden();
  await expect(unproved).toBeVisible();
});

test('a pool that is lost is said to be, what was known of it stays, and it comes back', async ({
  deltascope: { page },
}) => {
  const main = page.getByRole('main');
  const status = page.getByRole('contentinfo');
  const poolItem = page.getByRole('treeitem', { level: 1 });
  const poolId = await connect(page, pool);
  await openDisk(page, 'web-01', /web-01 system/);
  await expect(titleOf(page)).toContainText('CBT on');
  const snapshots = await timelineOf(page).count();

  await pool.fault({ kind: 'drop-call', method: '*', count: 1_000_000 });
  // Whoever waits for news waits long, but not when there are any.
  const { vms } = await ask(page, 'inventory.get', { poolId });
  await pool.act('guest-activity', { vm: vms.find(({ name }) => name === 'web-01')!.uuid });
  await expect(poolItem).toContainText('connection lost', { timeout: 45_000 });
  await expect(status).toContainText('1 lost');
  await expect(titleOf(page)).toContainText('connection lost');
  await expect(main.getByText(/changed, .* of the disk/)).toBeVisible();
  await inspect(page, 'pool-lost');

  await pool.act('clear-faults');
  await expect(poolItem).not.toContainText('connection lost', { timeout: 45_000 });
  await expect(status).not.toContainText('lost');
  await expect(titleOf(page)).not.toContainText('lost');
  await runCommand(page, 'Take Snapshot');
  await expect(timelineOf(page)).toHaveCount(snapshots + 1);
});
