import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Manifest } from '../../../../shared/model/manifest';
import { createImage, MAX_IMAGES } from '../../image/index';
import { chainOfBase } from './base-chain';

const SIZE = 65_536;
const DISK = randomUUID();
const SUMS = '0'.repeat(64);
const { signal } = new AbortController();
let folder: string;
let made: Manifest[];

/** One export more than can be read together, each on the one before, by their manifests alone. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'deltascope-base-'));
  const image = join(folder, 'image');
  await (await createImage('qcow2', { path: image, finalPath: image, sizeBytes: SIZE })).finish();
  const { size } = await stat(image);
  made = [];
  for (let at = 0; at <= MAX_IMAGES; at++) {
    made.push(manifestOf(at, size, made.at(-1)));
    copyFileSync(image, join(folder, `${at}.qcow2`));
    writeFileSync(join(folder, `${at}.sums`), '');
    writeFileSync(join(folder, `${at}.json`), JSON.stringify(made[at]));
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const manifestOf = (at: number, fileBytes: number, parent: Manifest | undefined): Manifest => ({
  deltascope: 1,
  id: randomUUID(),
  createdAt: '',
  tool: { name: 'deltascope', version: '0.0.0' },
  pool: { uuid: '', name: '' },
  disk: { uuid: DISK, name: '', storage: '' },
  snapshot: { uuid: randomUUID(), takenAt: '' },
  sizeBytes: SIZE,
  mode: 'full',
  reason: '',
  image: { file: `${at}.qcow2`, format: 'qcow2', fileBytes },
  ...(parent
    ? {
        parent: {
          manifestFile: `${at - 1}.json`,
          id: parent.id,
          snapshotUuid: parent.snapshot.uuid,
          imageFile: parent.image.file,
        },
      }
    : {}),
  bytes: { changed: 0, read: 0, written: 0, zero: 0, equal: 0 },
  checksums: { file: `${at}.sums`, algorithm: 'xxh64', blockBytes: SIZE, sha256: SUMS },
  timings: { startedAt: '', endedAt: '', copySeconds: 0 },
});

const baseAt = (at: number) => ({
  manifestPath: join(folder, `${at}.json`),
  snapshotUuid: made[at].snapshot.uuid,
  takenAt: '',
  imagePath: join(folder, `${at}.qcow2`),
});

it('a chain that has room for one more image is built on', async () => {
  expect(await chainOfBase(baseAt(MAX_IMAGES - 2), DISK, signal)).toHaveLength(MAX_IMAGES - 1);
});

it.each([MAX_IMAGES - 1, MAX_IMAGES])(
  'one of as many as can be read together is not, nor longer (%i)',
  (at) =>
    expect(chainOfBase(baseAt(at), DISK, signal)).rejects.toMatchObject({
      failure: { code: 'image-chain-too-long', nextStep: expect.stringContaining('full') },
    }),
);
