import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { colourTable } from '../../src/renderer/features/heatmap/drawing/colour-table';
import { THEMES } from '../../src/renderer/theme';
import { BlockBitmap } from '../../src/shared/blocks/bitmap';
import type { Page } from '@playwright/test';
import { expect, openDisk, runCommand, test } from './deltascope';
import { counterOf, shade } from './heatmap-stage/expected';
import { expectCells, readMap, wheel } from './heatmap-stage/test';

const colours = colourTable({ theme: THEMES.dark, colours: 'cividis', boost: false });

const DISKS = [
  ['web-01', 'web-01 system', [/ext4/, /swap/]],
  ['db-01', 'db-01 data', [/XFS/]],
  ['files-01', 'files-01 C', [/NTFS/]],
] as const;

/** What the pool itself says about the interval that a disk's editor opens with. */
const askPool = (page: Page, disk: string) =>
  page.evaluate(async (name) => {
    const answer = await window.deltascope.request('inventory.get', { poolId: 'demo' });
    if (!answer.ok) throw new Error(answer.failure.message);
    const { disks, snapshots } = answer.value;
    const { uuid } = disks.find((one) => one.name === name)!;
    const [from, to] = snapshots
      .filter(({ diskUuid, cbtEnabled }) => diskUuid === uuid && cbtEnabled)
      .sort((a, b) => a.takenAt.localeCompare(b.takenAt))
      .slice(-2);
    const changed = await window.deltascope.request('blocks.changed', {
      poolId: 'demo',
      fromUuid: from.uuid,
      toUuid: to.uuid,
    });
    if (!changed.ok) throw new Error(changed.failure.message);
    return { bytes: [...changed.value.bitmap], sizeBytes: changed.value.sizeBytes };
  }, disk);

test('the map of a demo disk is what the pool answers, and says what lies where', async ({
  deltascope: { app, page, folder },
}) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  for (const [vm, disk, holds] of DISKS) {
    await openDisk(page, vm, new RegExp(disk));
    const section = page.getByRole('region', { name: `Map of ${disk},` });
    await expect(section.locator('.heatmap-map canvas')).toHaveAttribute('data-state', 'drawn');
    const { bytes, sizeBytes } = await askPool(page, disk);
    const bitmap = new BlockBitmap(Uint8Array.from(bytes), sizeBytes);
    expect(bitmap.count()).toBeGreaterThan(0);
    const count = counterOf(bitmap);
    for (const [x, y, turns] of [
      [0, 0, 0],
      [0.5, 0.3, 4],
    ] as const) {
      await wheel(page, x, y, turns);
      expectCells(await readMap(page), colours, (first, end) => shade(count(first, end), end - first));
    }
    await section.getByRole('tab', { name: 'Partitions' }).click();
    const panel = section.getByRole('tabpanel', { name: 'Partitions' });
    for (const what of holds) await expect(panel).toContainText(what);
    await expect(panel.locator('.heatmap-answer')).toContainText(/of what changed lies in/);
    await page.screenshot({ path: `test-results/screens/heatmap-demo-${vm}.png` });
  }

  await test.step('a selected range of the snapshot is saved as it is', async () => {
    const file = join(folder, 'range.raw');
    await app.evaluate(({ dialog }, filePath) => {
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath });
    }, file);
    await page.locator('.heatmap-map').focus();
    for (const key of ['0', 'Home', 'Shift+ArrowRight']) await page.keyboard.press(key);
    await runCommand(page, 'Save This Range as a Raw File');
    await expect(page.getByText(/of files-01 C: .*range\.raw, every block was read back/)).toBeVisible();
    const saved = readFileSync(file);
    expect(saved.length % 65_536).toBe(0);
    // A master boot record's signature. Source: UEFI specification, 5.2.1.
    expect(saved.readUInt16BE(510)).toBe(0x55aa);
  });
});
