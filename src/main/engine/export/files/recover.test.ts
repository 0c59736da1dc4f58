import {
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Manifest } from '../../../../shared/model/manifest';
import { fileBytes } from '../checksums/layout';
import { encodeManifest } from './manifest-file';
import { ExportFiles } from './publish';
import { recoverFiles } from './recover';

const SNAPSHOT = 'aaaaaaaa-0000-4000-8000-000000000000';
const NAMES = { image: 'a-full.raw', checksums: 'a-full.sums', manifest: 'a-full.json' };
const SIZE = 1024 * 1024;
const manifest: Manifest = {
  deltascope: 1,
  id: '11111111-0000-4000-8000-000000000000',
  createdAt: '2026-01-01T00:00:00Z',
  tool: { name: 'deltascope', version: '0.0.0' },
  pool: { uuid: 'p', name: 'p' },
  disk: { uuid: 'd', name: 'd', storage: 's' },
  snapshot: { uuid: SNAPSHOT, takenAt: '2026-01-01T00:00:00Z' },
  sizeBytes: SIZE,
  mode: 'full',
  reason: 'a test',
  image: { file: NAMES.image, format: 'raw', fileBytes: SIZE },
  bytes: { changed: SIZE, read: SIZE, written: SIZE, zero: 0, equal: 0 },
  checksums: { file: NAMES.checksums, algorithm: 'xxh64', blockBytes: 65_536, sha256: '0'.repeat(64) },
  timings: { startedAt: '2026-01-01T00:00:00Z', endedAt: '2026-01-01T00:00:00Z', copySeconds: 1 },
};

let folder = '';
let files: ExportFiles;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deltascope-recover-'));
  files = new ExportFiles(folder, NAMES);
});
afterEach(() => rmSync(folder, { recursive: true }));

const put = (path: string, bytes: number, first = ''): void => {
  writeFileSync(path, first);
  truncateSync(path, bytes);
};
const image = (path: string): void => put(path, SIZE, 'image');
const sums = (path: string): void => put(path, fileBytes(SIZE), 'sums');
const text = (path: string, more: Partial<Manifest> = {}): void =>
  writeFileSync(path, encodeManifest({ ...manifest, ...more }));
const unfinished = (): void => {
  image(files.partial('image'));
  sums(files.partial('checksums'));
  text(files.partial('manifest'));
};
const allUnfinished = Object.values(NAMES)
  .map((name) => `${name}.partial`)
  .sort();
const recover = () => recoverFiles(files, SNAPSHOT);
const taken = { failure: { code: 'target-exists' } };

describe('cut off while names were given', () => {
  it.each([0, 1, 2])('after %i of them: everything is unfinished again', async (count) => {
    if (count < 1) image(files.partial('image'));
    else image(files.path('image'));
    if (count < 2) sums(files.partial('checksums'));
    else sums(files.path('checksums'));
    text(files.partial('manifest'));
    expect(await recover()).toBeUndefined();
    expect(readdirSync(folder).sort()).toEqual(allUnfinished);
    expect(readFileSync(files.partial('image'), 'latin1')).toContain('image');
  });

  it('after the last: it is complete, and nothing is removed before it is proved', async () => {
    image(files.path('image'));
    sums(files.path('checksums'));
    text(files.path('manifest'));
    linkSync(files.path('manifest'), files.partial('manifest'));
    image(files.partial('image'));
    expect(await recover()).toEqual(manifest);
    expect(readdirSync(folder).sort()).toEqual(
      [...Object.values(NAMES), `${NAMES.image}.partial`, `${NAMES.manifest}.partial`].sort(),
    );
  });

  it.each([[['image']], [['checksums']], [['image', 'checksums']]])(
    'while only the manifest could not be taken back: %j get their names',
    async (parts) => {
      unfinished();
      renameSync(files.partial('manifest'), files.path('manifest'));
      for (const part of ['image', 'checksums'] as const)
        if (!parts.includes(part)) renameSync(files.partial(part), files.path(part));
      expect(await recover()).toEqual(manifest);
      expect(readdirSync(folder).sort()).toEqual(Object.values(NAMES).sort());
      expect(readFileSync(files.path('image'), 'latin1')).toContain('image');
      expect(readFileSync(files.path('checksums'), 'latin1')).toContain('sums');
    },
  );

  it('a file of another size gets no name by a manifest, and is not removed', async () => {
    text(files.path('manifest'));
    put(files.partial('image'), 777);
    put(files.partial('checksums'), 777);
    expect(await recover()).toEqual(manifest);
    expect(readdirSync(folder).sort()).toEqual(
      [NAMES.manifest, `${NAMES.image}.partial`, `${NAMES.checksums}.partial`].sort(),
    );
  });

  it.each(['image', 'checksums'] as const)('while the %s has both names', async (part) => {
    unfinished();
    linkSync(files.partial(part), files.path(part));
    expect(await recover()).toBeUndefined();
    expect(readdirSync(folder).sort()).toEqual(allUnfinished);
  });

  it.each(['image', 'checksums', 'manifest'] as const)(
    'while an empty file keeps the place of the %s',
    async (part) => {
      unfinished();
      put(files.path(part), 0);
      expect(await recover()).toBeUndefined();
      expect(readdirSync(folder).sort()).toEqual(allUnfinished);
      expect(readFileSync(files.partial('manifest'), 'utf8')).toBe(encodeManifest(manifest));
    },
  );
});

describe('a file of somebody else', () => {
  it.each([
    ['is no manifest', () => writeFileSync(files.path('manifest'), '{"some": "thing"}')],
    ['is of another snapshot', () => text(files.path('manifest'), { snapshot: { uuid: 'x', takenAt: '' } })],
    [
      'names other files',
      () => text(files.path('manifest'), { image: { ...manifest.image, file: 'b-full.raw' } }),
    ],
  ])('in place of the manifest: it %s', async (_, make) => {
    unfinished();
    make();
    const before = readFileSync(files.path('manifest'), 'utf8');
    await expect(recover()).rejects.toMatchObject(taken);
    expect(readFileSync(files.path('manifest'), 'utf8')).toBe(before);
    expect(existsSync(files.partial('manifest'))).toBe(true);
  });

  it('an empty one in place of the manifest, when ours is not there to take its place', async () => {
    put(files.path('manifest'), 0);
    await expect(recover()).rejects.toMatchObject(taken);
    expect(existsSync(files.path('manifest'))).toBe(true);
  });

  it.each(['image', 'checksums'] as const)('in place of the %s, beside ours', async (part) => {
    unfinished();
    put(files.path(part), SIZE, 'theirs');
    await expect(recover()).rejects.toMatchObject(taken);
    expect(readFileSync(files.path(part), 'latin1')).toContain('theirs');
    expect(existsSync(files.partial(part))).toBe(true);
  });

  it.each(['image', 'checksums'] as const)('in place of the %s, of another size', async (part) => {
    unfinished();
    rmSync(files.partial(part));
    put(files.path(part), 777, 'theirs');
    await expect(recover()).rejects.toMatchObject(taken);
    expect(readFileSync(files.path(part), 'latin1')).toContain('theirs');
  });

  it('in place of the image, before our manifest was written', async () => {
    put(files.partial('manifest'), 0);
    put(files.path('image'), SIZE, 'theirs');
    await expect(recover()).rejects.toMatchObject(taken);
    expect(readFileSync(files.path('image'), 'latin1')).toContain('theirs');
  });
});
