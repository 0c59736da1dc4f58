import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ElectronApplication } from '@playwright/test';
import { manifestSchema, type Manifest } from '../../src/shared/model/manifest';
import { expect, inspect, inspectInAllThemes, runCommand, test } from './deltascope';
import { OutsidePool } from './outside-pool';
import { ask, connect, exportDisk } from './through-bridge';

test.use({ arguments: [] });

const DISK = /gateway-01/;
const manifestAt = (path: string): Manifest => manifestSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
const imageAt = (path: string): string => join(dirname(path), manifestAt(path).image.file);
const run = (program: string, ...args: string[]): string => execFileSync(program, args, { encoding: 'utf8' });
/** Fails unless both hold the same bytes; `qemu-img compare` also passes over zeros at the end. */
const expectSameDisk = (a: string, b: string): void => {
  expect(run('qemu-img', 'compare', a, b)).toContain('Images are identical');
};

test('a chain is looked at, verified, flattened, served, restored, and its damage is found', async ({
  deltascope,
}) => {
  const { app, page, folder } = deltascope;
  test.setTimeout(120_000);
  const pool = await OutsidePool.start();
  const main = page.getByRole('main');
  const exports = join(folder, 'exports');
  try {
    const poolId = await connect(page, pool);
    const disk = (await ask(page, 'inventory.get', { poolId })).disks.find(({ name }) => DISK.test(name))!;
    const full = await exportDisk(page, poolId, disk.uuid, exports);
    const written = Buffer.alloc(196 * 512, 'Deltascope');
    await pool.act('write', {
      vdi: disk.uuid,
      offset: String(5 * 1024 * 1024),
      data: written.toString('base64'),
    });
    const increment = await exportDisk(page, poolId, disk.uuid, exports);
    const truth = join(folder, 'truth.raw');
    await pool.act('dump', { vdi: disk.uuid, path: truth });
    const card = (manifest: string) =>
      main.getByRole('article', { name: manifestAt(manifest).image.file, exact: true });
    const action = (manifest: string, name: string) =>
      card(manifest).getByRole('button', { name, exact: true });

    await test.step('the folder of the exports is found, the chain is opened by keyboard', async () => {
      await runCommand(page, 'Show Exports');
      const tree = page.getByRole('tree', { name: 'Exports' });
      await expect(tree.getByRole('treeitem', { name: DISK })).toContainText('2 exports');
      await tree.focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowRight');
      await expect(tree.getByRole('treeitem', { level: 3 })).toHaveText([/increment/, /full/]);
      await page.keyboard.press('Enter');
      await expect(main.getByRole('article')).toHaveCount(2);
      await expect(card(increment)).toContainText(manifestAt(full).image.file);
      await expect(card(increment)).toContainText('with its data');
      await expect(main.getByText('never verified')).toHaveCount(2);
    });

    await test.step('the chain is sound, and equal to its source', async () => {
      await card(increment).focus();
      await page.keyboard.press('Control+K');
      await page.keyboard.press('Control+V');
      await expect(card(increment)).toContainText('match their checksums');
      await expect(card(full)).toContainText('match their checksums');
      await card(increment).focus();
      await page.keyboard.press('Shift+F10');
      await page.getByRole('menuitem', { name: 'Compare All with the Source' }).click();
      await expect(card(increment)).toContainText('of the disk equal the snapshot on the pool');
    });

    await test.step('flattened into one image that needs no other', async () => {
      const flat = join(folder, 'flat.qcow2');
      await app.evaluate(({ dialog }, filePath) => {
        dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath });
      }, flat);
      await action(increment, 'Flatten…').click();
      await page.getByRole('option', { name: /^qcow2/ }).click();
      await expect(card(increment)).toContainText(`Flattened into ${flat}`);
      const converted = join(folder, 'converted.raw');
      run('qemu-img', 'convert', '-O', 'raw', imageAt(increment), converted);
      expect(run('qemu-img', 'info', flat)).not.toContain('backing file');
      expectSameDisk(flat, converted);
      expectSameDisk(flat, truth);
    });

    await test.step('served over NBD until it is stopped', async () => {
      await action(increment, 'Serve Read-Only over NBD').click();
      const served = card(increment).getByRole('region', { name: 'Served over NBD' });
      const uri = await served.getByRole('textbox', { name: 'NBD address' }).innerText();
      await expect(page.getByRole('button', { name: /^Serving an export/ })).toBeVisible();
      await inspect(page, 'library-serving');
      const info = run('nbdinfo', '--json', uri);
      expect(JSON.parse(info)).toMatchObject({
        exports: [{ 'export-size': manifestAt(increment).sizeBytes, is_read_only: true }],
      });
      const copied = join(folder, 'copied.raw');
      run('nbdcopy', uri, copied);
      expect(readFileSync(copied).equals(readFileSync(truth))).toBe(true);
      expect(await closeAndStay(app)).toContain('NBD server');
      await expect(served).toBeVisible();
      await served.getByRole('button', { name: 'Stop Serving' }).click();
      await expect(served).toBeHidden();
      await expect(page.getByRole('button', { name: /^Serving an export/ })).toBeHidden();
      expect(() => execFileSync('nbdinfo', [uri], { stdio: 'pipe' })).toThrow();
    });

    await test.step('restored to a storage', async () => {
      await main.getByRole('button', { name: 'Restore the Newest…' }).click();
      const dialog = page.getByRole('dialog');
      await expect(dialog.getByRole('combobox', { name: 'Storage' })).toContainText('NFS virtual disks');
      await dialog.getByRole('textbox', { name: 'Name of the new disk' }).fill('back again');
      await inspect(page, 'library-restore');
      await page.keyboard.press('Enter');
      await expect(card(increment)).toContainText('Restored as “back again” on NFS virtual disks');
      await expect(card(increment)).toContainText('read back and found right');
      await card(increment).getByRole('button', { name: 'Show the disk' }).last().click();
      await expect(main.getByRole('heading', { level: 1 })).toContainText('back again');
      const { disks } = await ask(page, 'inventory.get', { poolId });
      const restored = join(folder, 'restored.raw');
      await pool.act('dump', { vdi: disks.find(({ name }) => name === 'back again')!.uuid, path: restored });
      expectSameDisk(restored, truth);
      await runCommand(page, 'Show Pools');
      await page.getByRole('treeitem', { name: 'Disks without a VM' }).click();
      await expect(page.getByRole('treeitem', { name: /back again/ })).toBeVisible();
      await runCommand(page, 'Show Exports');
      await page.getByRole('treeitem', { name: DISK }).click();
    });

    await test.step('damage is named with file and offset, and what builds on it is marked', async () => {
      const image = imageAt(full);
      const { inFile, onDisk } = lastStored(image);
      flip(image, inFile);
      await action(full, 'Verify This Export').click();
      await expect(card(full)).toContainText('This export is damaged');
      const block = (Math.floor(onDisk / 65_536) * 65_536).toLocaleString('en-US');
      await expect(card(full)).toContainText(`${image}, byte ${block} of the disk`);
      await expect(card(increment)).toContainText('base damaged');
      await inspectInAllThemes(page, 'library-damaged');
      await action(increment, 'Restore…').click();
      await expect(page.getByRole('dialog')).toContainText('was found damaged');
      await page.keyboard.press('Escape');
      await expect(page.getByRole('dialog')).toBeHidden();
    });

    await test.step('what was found is known after a restart; a missing image breaks the chain', async () => {
      const again = (await deltascope.restart()).page;
      const links = again.getByRole('main').getByRole('article');
      await expect(links).toHaveCount(2);
      await expect(links.first()).toContainText('This export is damaged');
      await expect(links.first()).toContainText('unknown while pool Demo pool is not connected');
      rmSync(imageAt(full));
      const manifest = readFileSync(increment, 'utf8');
      const newer = join(exports, 'newer.json');
      writeFileSync(newer, JSON.stringify({ ...(JSON.parse(manifest) as object), deltascope: 99 }));
      await runCommand(again, 'Read the Folders Again');
      await runCommand(again, 'Show Exports');
      await expect(again.getByRole('treeitem', { name: 'newer.json' })).toContainText('version');
      await expect(again.getByText('broken', { exact: true })).toHaveCount(3);
      await expect(links.last().getByRole('alert')).toContainText(manifestAt(full).image.file);
      await inspect(again, 'library-broken');
    });
  } finally {
    await pool.end();
  }
});

/** Closes the window and answers that it shall stay. Returns what was asked. */
const closeAndStay = (app: ElectronApplication): Promise<string> =>
  app.evaluate(
    ({ dialog, BrowserWindow }) =>
      new Promise<string>((resolve) => {
        const show = (...args: unknown[]) => {
          resolve((args.at(-1) as { message: string }).message);
          return Promise.resolve({ response: 1, checkboxChecked: false });
        };
        dialog.showMessageBox = show;
        BrowserWindow.getAllWindows()[0]?.close();
      }),
  );

/** Where the last data of an image begins, in its file and on the disk. */
function lastStored(image: string): { inFile: number; onDisk: number } {
  const map = JSON.parse(run('qemu-img', 'map', '--output=json', image)) as {
    start: number;
    data: boolean;
    offset?: number;
  }[];
  const stored = map.findLast(({ offset, data }) => data && offset !== undefined);
  if (stored?.offset === undefined) throw new Error(`${image} holds no data.`);
  return { inFile: stored.offset, onDisk: stored.start };
}

function flip(file: string, at: number): void {
  const descriptor = openSync(file, 'r+');
  const byte = Buffer.alloc(1);
  readSync(descriptor, byte, 0, 1, at);
  byte[0] ^= 0xff;
  writeSync(descriptor, byte, 0, 1, at);
  closeSync(descriptor);
}
