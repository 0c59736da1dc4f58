import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolders, makeFoldersNow } from './make-folders';

describe('makeFolders', () => {
  let folder = '';
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'deltascope-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('creates parents, also at the same time and again', async () => {
    const deep = join(folder, 'a/b/c');
    await Promise.all([makeFolders(deep), makeFolders(deep), makeFolders(join(folder, 'a/b/d'))]);
    await makeFolders(deep);
    expect(existsSync(deep)).toBe(true);
  });

  it('says that a file is in the way', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(makeFolders(join(folder, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolders(join(folder, 'file/below'))).rejects.toMatchObject({ code: 'EEXIST' });
  });

  it.runIf(process.platform === 'linux')('ends where nothing can be created', async () => {
    await expect(makeFolders('/proc/deltascope/below')).rejects.toMatchObject({ code: 'ENOENT' });
    expect(() => makeFoldersNow('/proc/deltascope/below', 0o700)).toThrow('ENOENT');
  });

  it('makes them for their owner alone where that is wanted, at once or later', async () => {
    makeFoldersNow(join(folder, 'now', 'jobs'), 0o700);
    makeFoldersNow(join(folder, 'now', 'jobs'), 0o700);
    await makeFolders(join(folder, 'later', 'jobs'), 0o700);
    for (const path of ['now', 'now/jobs', 'later', 'later/jobs'])
      expect(statSync(join(folder, path)).mode & 0o777).toBe(0o700);
    writeFileSync(join(folder, 'file'), '');
    expect(() => makeFoldersNow(join(folder, 'file', 'jobs'), 0o700)).toThrow(/ENOTDIR|EEXIST/);
  });
});
