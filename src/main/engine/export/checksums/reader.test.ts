import { mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import { openExpectedSums } from './expected';
import { ChecksumReader } from './reader';
import { ChecksumWriter } from './writer';

const BLOCKS = 2000;
const SIZE = BLOCKS * CBT_BLOCK_SIZE;
let folder = '';
let path = '';
let sha256 = '';

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'deltascope-sums-'));
  path = join(folder, 'sums');
  const sums = ChecksumWriter.create(path, SIZE);
  for (let block = 0; block < BLOCKS; block += 3) sums.set(block, BigInt(block + 1));
  ({ sha256 } = await sums.finish());
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** As network file systems and interrupted system calls have it. */
async function readsAreShort(): Promise<void> {
  const handle = await open(path);
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its handle
  const read = prototype.read as (...words: unknown[]) => Promise<{ bytesRead: number; buffer: Buffer }>;
  vi.spyOn(prototype, 'read').mockImplementation(function (this: FileHandle, ...words: unknown[]) {
    const [memory, start, length, position] = words as [Buffer, number, number, number];
    return read.call(this, memory, start, Math.min(length, 1000), position);
  });
}

it('goes on after a short read: no block is taken for one without a checksum', async () => {
  await readsAreShort();
  const reader = await openExpectedSums({ checksumsPath: path, sha256, sizeBytes: SIZE });
  const found: number[] = [];
  for await (const { block } of reader.blocks()) found.push(block);
  expect(found).toHaveLength(Math.ceil(BLOCKS / 3));
  await reader.close();
});

it('says that a file was cut while it was open, instead of reading zeros', async () => {
  const reader = await ChecksumReader.open(path);
  truncateSync(path, 64 + 8 * 1000);
  const damaged = { failure: { code: 'checksums-damaged' } };
  await expect(reader.root()).rejects.toMatchObject(damaged);
  expect(reader.get(3)).toBe(4n);
  expect(() => reader.get(1998)).toThrow('cut short');
  await reader.close();
});

it('takes no file but the one of the manifest', async () => {
  const damaged = { failure: { code: 'checksums-damaged' } };
  const expected = { checksumsPath: path, sha256, sizeBytes: SIZE };
  await (await openExpectedSums(expected)).close();
  await expect(openExpectedSums({ ...expected, sizeBytes: SIZE - 1 })).rejects.toMatchObject(damaged);
  await expect(openExpectedSums({ ...expected, sha256: sha256.replace(/./, 'x') })).rejects.toMatchObject(
    damaged,
  );
});

it.each([-8, 8])('refuses a file whose length is not that of its disk, by %i bytes', async (bytes) => {
  truncateSync(path, statSync(path).size + bytes);
  await expect(ChecksumReader.open(path)).rejects.toMatchObject({ failure: { code: 'checksums-damaged' } });
});
