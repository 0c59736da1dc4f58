import type * as fs from 'node:fs/promises';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { chooseFiles } from './choose-files';
import { exportFileNames } from './names';

const disk = vi.hoisted(() => ({ fails: false }));
vi.mock('node:fs/promises', async (importOriginal) => {
  const original = await importOriginal<typeof fs>();
  const lstat = (path: string) =>
    disk.fails
      ? Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'lstat' }))
      : original.lstat(path);
  return { ...original, lstat };
});

const TAKEN_AT = new Date('2026-03-04T05:06:07Z');
const MARK = '5f6c2c6e-60d8-4f0e-9f59-0c1f7a3b8a10';
let folder: string;
beforeEach(() => {
  disk.fails = false;
  folder = mkdtempSync(join(tmpdir(), 'deltascope-choose-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('names that it cannot judge are given back', async () => {
  disk.fails = true;
  const reserving = vi.fn<() => void>();
  await expect(chooseFiles(folder, TAKEN_AT, 'full', 'raw', MARK, reserving)).rejects.toMatchObject({
    failure: { details: expect.stringContaining('EIO (lstat)') as string },
  });
  expect(reserving).toHaveBeenCalledOnce();
  expect(readdirSync(folder)).toEqual([]);
});

it('names of which one is taken are given back, and others chosen', async () => {
  const { image } = exportFileNames(TAKEN_AT, 'full', 'raw', 1);
  writeFileSync(join(folder, image), '');
  const { names } = await chooseFiles(folder, TAKEN_AT, 'full', 'raw', MARK);
  expect(names).toEqual(exportFileNames(TAKEN_AT, 'full', 'raw', 2));
  expect(readdirSync(folder).sort()).toEqual([image, `${names.manifest}.partial`].sort());
});
