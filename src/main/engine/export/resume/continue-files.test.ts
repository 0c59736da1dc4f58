import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadBlockHasher } from '../checksums/block-hash';
import { ChecksumWriter } from '../checksums/writer';
import { CopyCounters } from '../copy/counters';
import type { CopyRequest } from '../copy/request';
import { continueFiles } from './continue-files';

const SIZE = 65_536;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deltascope-continue-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

let log: string[];

async function goOnWith(image: string, checksums: string) {
  log = [];
  const request: CopyRequest = {
    source: { kind: 'nbd', targets: [] },
    extents: { kind: 'all' },
    target: { format: 'raw', path: image, finalPath: join(folder, 'a.raw') },
    checksumsPath: checksums,
  };
  const parts = {
    hash: await loadBlockHasher(),
    counters: new CopyCounters(),
    log: (_: string, text: string) => log.push(text),
  };
  return continueFiles(request, {}, SIZE, parts, new AbortController().signal);
}

it('a place that cannot be looked at is named', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const image = join(file, 'a.raw.partial');
  await expect(goOnWith(image, join(folder, 'a.sums.partial'))).rejects.toMatchObject({
    failure: { code: 'image-not-found', details: `ENOTDIR (stat) ${image}` },
  });
});

it('files that cannot be removed to begin anew are named', async () => {
  const image = join(folder, 'a.raw.partial');
  mkdirSync(image);
  await expect(goOnWith(image, join(folder, 'a.sums.partial'))).rejects.toMatchObject({
    failure: { code: 'target-write-error', details: `ERR_FS_EISDIR (rm) ${image}` },
  });
});

it('an image that the file system knows no holes of is read back whole, which is said', async () => {
  const image = join(folder, 'a.raw.partial');
  const checksums = join(folder, 'a.sums.partial');
  ChecksumWriter.create(checksums, SIZE).abort();
  writeFileSync(image, Buffer.alloc(SIZE, 1));
  const dense = await goOnWith(image, checksums);
  await dense!.sink.abort();
  dense!.checksums.abort();
  expect(log).toContain('Where the unfinished image has holes cannot be told here: all of it is read back.');
});
