import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Manifest } from '../../../../shared/model/manifest';
import { unwrap } from '../../../../shared/model/result';
import { scanLibrary } from '../../library/scan';
import { encodeManifest, readManifest } from './manifest-file';

const MIB = 1024 * 1024;
const manifest: Manifest = {
  deltascope: 1,
  id: '11111111-0000-4000-8000-000000000000',
  createdAt: '2026-01-01T00:00:00Z',
  tool: { name: 'deltascope', version: '0.0.0' },
  pool: { uuid: 'p', name: 'p' },
  disk: { uuid: 'd', name: 'd', storage: 's' },
  snapshot: { uuid: 's', takenAt: '2026-01-01T00:00:00Z' },
  sizeBytes: MIB,
  mode: 'full',
  reason: 'a test',
  image: { file: 'a.raw', format: 'raw', fileBytes: MIB },
  bytes: { changed: MIB, read: MIB, written: MIB, zero: 0, equal: 0 },
  checksums: { file: 'a.sums', algorithm: 'xxh64', blockBytes: 65_536, sha256: '0'.repeat(64) },
  timings: { startedAt: '2026-01-01T00:00:00Z', endedAt: '2026-01-01T00:00:00Z', copySeconds: 1 },
};

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deltascope-'));
  path = join(folder, 'a.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('a file larger than any manifest is not read as one, whatever it holds', async () => {
  const text = encodeManifest(manifest);
  writeFileSync(path, text.padEnd(MIB));
  expect(await readManifest(path)).toEqual({ ok: true, value: manifest });
  expect(unwrap(await scanLibrary(folder)).disks).toHaveLength(1);
  writeFileSync(path, text.padEnd(MIB + 1));
  expect(await readManifest(path)).toMatchObject({ ok: false, failure: { code: 'manifest-damaged' } });
  expect(unwrap(await scanLibrary(folder)).disks).toEqual([]);
});
