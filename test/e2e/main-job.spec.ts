import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { manifestSchema } from '../../src/shared/model/manifest';
import { expect, expectJobDone, inspect, openDisk, test } from './deltascope';

// mail-01 lies on local storage, has LVM on its disk, and its changes are not tracked yet.
test('a disk is tracked, exported in full, changed, looked at and exported again', async ({ deltascope }) => {
  test.setTimeout(180_000);
  const { page, folder } = deltascope;
  const main = page.getByRole('main');
  const exports = join(folder, 'exports');
  const button = (name: string | RegExp) => main.getByRole('button', { name }).first();

  await test.step('connect to the demo pool', async () => {
    await expect(page.getByRole('heading', { name: 'Deltascope' })).toBeVisible();
    await expect(page.getByText('demo pool').first()).toBeVisible();
  });

  await test.step('enable change tracking', async () => {
    await openDisk(page, 'mail-01', /mail-01 /);
    await expect(main.getByRole('heading', { level: 1 })).toContainText('CBT off');
    await inspect(page, 'disk-untracked');
    await button(/Enable Change Tracking/).click();
    await expect(main.getByRole('heading', { level: 1 })).toContainText('CBT on');
  });

  const exportNow = async (mode: RegExp, name: string) => {
    await button('Export…').click();
    await main.getByRole('textbox', { name: 'Target folder' }).fill(exports);
    await expect(main.getByText(mode).first()).toBeVisible();
    await inspect(page, `export-${name}`);
    await button('Start Export').click();
    await expectJobDone(page);
  };

  await test.step('full export', () => exportNow(/no earlier export of this disk/, 'full'));

  await test.step('the guest writes, a snapshot, the heatmap', async () => {
    await openDisk(page, 'mail-01', /mail-01 /);
    await button('Let the Guest Write').click();
    await button('Take Snapshot').click();
    await expect(main.getByRole('region', { name: /^Map of mail-01/ })).toBeVisible();
    await expect(main.getByText(/changed, .* of the disk/)).toBeVisible();
    await inspect(page, 'disk-heatmap');
  });

  await test.step('incremental export', () =>
    exportNow(/Changed block tracking covers the disk/, 'increment'));

  await test.step('what was written', () => {
    const folderOfDisk = join(exports, readdirSync(exports)[0] ?? '');
    const files = readdirSync(folderOfDisk);
    expect(files.filter((name) => name.includes('partial'))).toEqual([]);
    const manifests = files
      .filter((name) => name.endsWith('.json'))
      .map((name) => manifestSchema.parse(JSON.parse(readFileSync(join(folderOfDisk, name), 'utf8'))));
    expect(manifests.map(({ mode }) => mode).sort()).toEqual(['cbt', 'full']);
    const increment = manifests.find(({ mode }) => mode === 'cbt');
    expect(increment?.bytes.changed).toBeGreaterThan(0);
    expect(increment?.bytes.read).toBe(increment?.bytes.changed);
    for (const { image } of manifests) {
      const check = execFileSync('qemu-img', ['check', join(folderOfDisk, image.file)], {
        encoding: 'utf8',
      });
      expect(check).toContain('No errors were found');
    }
  });
});
