import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Manifest } from '../../../../shared/model/manifest';
import type { KnownFile } from '../../block-io/known-file';
import { failingCall, LostAnswers } from './lost-answers.fixture';
import { publishNew } from './new-file';
import { ExportFiles } from './publish';

const NAMES = { image: 'a.raw', checksums: 'a.sums', manifest: 'a.json' };
const manifest = { deltascope: 1 } as Manifest;

let folder = '';
let files: ExportFiles;
const calls = new LostAnswers();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deltascope-publish-'));
  files = new ExportFiles(folder, NAMES);
});
afterEach(() => {
  calls.end();
  rmSync(folder, { recursive: true });
});

const written = (): KnownFile[] =>
  (['image', 'checksums'] as const).map((part) => {
    const path = files.partial(part);
    writeFileSync(path, part);
    const { dev, ino } = statSync(path, { bigint: true });
    return { path, device: dev, inode: ino };
  });

describe('a name that is given although the answer is an error', () => {
  it.each(['image', 'checksums', 'manifest'] as const)('to the %s: it is done', async (part) => {
    calls.lose('link', files.path(part), 'EEXIST');
    await files.publish(manifest, written());
    expect(calls.lost).toBe(1);
    expect(readdirSync(folder).sort()).toEqual(Object.values(NAMES).sort());
  });

  it.each(['image', 'checksums', 'manifest'] as const)(
    'to the %s, and nobody can see it: all of it is taken back',
    async (part) => {
      calls.lose('link', files.path(part), 'EEXIST');
      let isAway = true;
      calls.replace('lstat', (original, ...args) => {
        if (!isAway || calls.lost === 0) return original(...args);
        isAway = false;
        return Promise.reject(failingCall('EIO'));
      });
      await expect(files.publish(manifest, written())).rejects.toMatchObject({ failure: {} });
      expect(isAway).toBe(false);
      expect(readdirSync(folder).sort()).toEqual(
        Object.values(NAMES)
          .map((name) => `${name}.partial`)
          .sort(),
      );
    },
  );

  it('to the manifest, and it cannot be taken back: the others keep theirs', async () => {
    calls.lose('link', files.path('manifest'), 'EEXIST');
    calls.replace('lstat', (original, ...args) =>
      calls.lost > 0 ? Promise.reject(failingCall('EIO')) : original(...args),
    );
    await expect(files.publish(manifest, written())).rejects.toMatchObject({ failure: {} });
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(Object.values(NAMES)));
  });
});

it.each(['EEXIST', 'EIO'])('a single file that has its name, whatever is answered (%s)', async (code) => {
  const target = join(folder, 'flat.raw');
  writeFileSync(`${target}.partial`, 'hours of work');
  calls.lose('link', target, code);
  await publishNew(`${target}.partial`, target);
  expect(calls.lost).toBe(1);
  expect(readdirSync(folder)).toEqual(['flat.raw']);
});
