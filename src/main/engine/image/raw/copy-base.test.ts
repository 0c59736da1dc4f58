import fs, { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { copyBase } from './copy-base';

let folder = '';
const { copyFile, open } = fs.promises;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deltascope-copy-base-'));
});
afterEach(() => {
  Object.assign(fs.promises, { copyFile, open });
  syncBuiltinESMExports();
  rmSync(folder, { recursive: true });
});

it('a copy that shares its data and cannot be opened is removed', async () => {
  writeFileSync(join(folder, 'base.raw'), 'data');
  fs.promises.copyFile = (from, to) => copyFile(from, to, fs.constants.COPYFILE_EXCL);
  fs.promises.open = () =>
    Promise.reject(Object.assign(new Error('EMFILE'), { code: 'EMFILE', syscall: 'open' }));
  syncBuiltinESMExports();
  const copied = copyBase(join(folder, 'base.raw'), join(folder, 'new.raw'), 'auto');
  await expect(copied).rejects.toMatchObject({ failure: { code: 'too-many-open-files' } });
  expect(readdirSync(folder)).toEqual(['base.raw']);
});
