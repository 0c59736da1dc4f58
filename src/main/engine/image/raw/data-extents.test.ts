import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataExtents, parseMap } from './data-extents';

const MIB = 1024 * 1024;
let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'deltascope-holes-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function sparse(sizeBytes: number, places: readonly number[]): string {
  const path = join(folder, '-disk name.raw');
  writeFileSync(path, '');
  truncateSync(path, sizeBytes);
  const file = openSync(path, 'r+');
  for (const place of places) writeSync(file, Buffer.alloc(1, 1), 0, 1, place);
  closeSync(file);
  return path;
}

describe.runIf(process.platform === 'linux')('where a file holds data', () => {
  it.each([
    ['in three places of 3 TiB', 3 * 1024 * 1024 * MIB, [0, 9 * MIB + 7, 2 * 1024 * 1024 * MIB]],
    ['at its end', 64 * MIB, [64 * MIB - 1]],
    ['in a thousand places', 2000 * MIB, Array.from({ length: 1000 }, (_, at) => at * 2 * MIB)],
  ])('%s', async (_, sizeBytes, places) => {
    const found = await dataExtents(sparse(sizeBytes, places));
    const holding = (place: number) =>
      found!.find(({ offset, length }) => offset <= place && place < offset + length);
    for (const place of places) expect(holding(place)).toBeDefined();
    // The rest is skipped, but for the file system's own rounding.
    const bytes = found!.reduce((sum, { length }) => sum + length, 0);
    expect(bytes).toBeLessThanOrEqual(places.length * MIB);
  });

  it('is not told of a file without holes, nor of one that is all hole', async () => {
    const path = join(folder, 'full');
    writeFileSync(path, Buffer.alloc(MIB, 1));
    expect(await dataExtents(path)).toBeUndefined();
    expect(await dataExtents(sparse(MIB, []))).toBeUndefined();
  });
});

it('is not told by what is no map', () => {
  expect(parseMap(Buffer.alloc(100))).toBe('more');
  expect(parseMap(Buffer.alloc(4096))).toBeUndefined();
  const archive = Buffer.alloc(4096);
  archive.write('x', 156, 'latin1');
  archive.write('00000000031\0', 124, 'latin1');
  archive.write('25 GNU.sparse.major=1\n', 512, 'latin1');
  archive.write('2\n0\n4096\n8192\n1x\n', 1536, 'latin1');
  expect(parseMap(archive)).toBeUndefined();
  archive.write('1\n0\n4096\n', 1536, 'latin1');
  expect(parseMap(archive)).toEqual([{ offset: 0, length: 4096 }]);
  archive.write('9\n0\n4096\n', 1536, 'latin1');
  expect(parseMap(archive.subarray(0, 1545))).toBe('more');
});
