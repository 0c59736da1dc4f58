import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { blockCount } from '../../../../shared/blocks/extent';
import { OutputFile } from '../../image/output-file';
import { loadBlockHasher } from '../checksums/block-hash';
import { ChecksumWriter } from '../checksums/writer';
import { CopyCounters } from '../copy/counters';
import type { CopyRequest } from '../copy/request';
import { continueFiles } from './continue-files';

const KIB64 = 65_536;
const MIB = 1024 * 1024;
/** Its last block is a short one. */
const SIZE = 64 * 1024 * MIB + 512;
const LAST = blockCount(SIZE) - 1;
const KEPT = [0, 1, 7, 16_384, 500_000, 999_999];

let folder: string;
let reads: MockInstance<OutputFile['readNow']>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deltascope-holes-'));
  reads = vi.spyOn(OutputFile.prototype, 'readNow');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** A block of its number, as the image holds it. */
const contentOf = (block: number): Buffer => Buffer.alloc(KIB64, 1 + (block % 250));

/** A raw image that holds `stored`, checksums of `summed`; the checkpoint says that `upTo` of it is done. */
async function proved(stored: readonly number[], summed: readonly number[], upTo: number, zeroSum?: number) {
  const image = join(folder, 'a.raw.partial');
  writeFileSync(image, '');
  truncateSync(image, SIZE);
  const file = openSync(image, 'r+');
  for (const block of stored) writeSync(file, contentOf(block), 0, KIB64, block * KIB64);
  closeSync(file);
  const hash = await loadBlockHasher();
  const checksumsPath = join(folder, 'a.sums.partial');
  const sums = ChecksumWriter.create(checksumsPath, SIZE);
  for (const block of summed) sums.set(block, hash(contentOf(block), 0, KIB64));
  if (zeroSum !== undefined) sums.set(zeroSum, hash(Buffer.alloc(KIB64), 0, KIB64));
  const checkpoint = { offset: upTo, sums: sums.rootBelow(blockCount(upTo)) };
  await sums.finish();
  const request: CopyRequest = {
    source: { kind: 'nbd', targets: [] },
    extents: { kind: 'all' },
    target: { format: 'raw', path: image, finalPath: join(folder, 'a.raw') },
    checksumsPath,
  };
  const counters = new CopyCounters();
  const parts = { hash, counters, log: () => undefined };
  const found = (await continueFiles(request, { checkpoint }, SIZE, parts, new AbortController().signal))!;
  await found.sink.abort();
  found.checksums.abort();
  const kept = counters.get('keptBytes');
  expect(counters.get('readBytes')).toBe(kept);
  expect(counters.get('zeroBytes') + counters.get('writtenBytes')).toBe(kept);
  return {
    missing: [...found.missing.runs()],
    damaged: [...found.damaged.runs()],
    kept,
    written: counters.get('writtenBytes'),
  };
}

describe.runIf(process.platform === 'linux')('where the file system tells of holes', () => {
  it('what is read grows with the data of a raw image, not with the disk', async () => {
    expect(await proved(KEPT, KEPT, SIZE)).toEqual({
      missing: [],
      damaged: [],
      kept: SIZE,
      written: KEPT.length * KIB64,
    });
    // What a file system may round up to is well below what 64 GiB of holes would be.
    const imageBytes = reads.mock.calls.reduce((sum, [, , length]) => sum + length, 0);
    expect(imageBytes).toBeGreaterThanOrEqual(KEPT.length * KIB64);
    expect(imageBytes).toBeLessThan(2 * KEPT.length * MIB);
  });

  it('a hole counts as zeros that were meant only below the checkpoint', async () => {
    const upTo = 500_001 * KIB64;
    const { missing, damaged, kept } = await proved(KEPT, KEPT, upTo);
    expect([missing, damaged]).toEqual([
      [
        [500_001, 999_999],
        [1_000_000, LAST + 1],
      ],
      [],
    ]);
    expect(kept).toBe(upTo + KIB64);
  });

  it('a hole in place of data with a checksum is damage, data without one as well', async () => {
    const { missing, damaged } = await proved([0, 7, 16_384, 500_000, 700_000], KEPT, SIZE);
    const wrong = [
      [1, 2],
      [700_000, 700_001],
      [999_999, 1_000_000],
    ];
    expect([missing, damaged]).toEqual([wrong, wrong]);
  });

  it('a hole whose checksum is that of zeros is kept', async () => {
    expect(await proved(KEPT, KEPT, SIZE, 700_000)).toMatchObject({ missing: [], damaged: [], kept: SIZE });
  });
});
