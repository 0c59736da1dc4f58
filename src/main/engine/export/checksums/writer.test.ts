import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ChecksumWriter } from './writer';

/** As a file system across a network may: never more than 1000 bytes at once. */
const { readSync } = fs;
let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'deltascope-'));
});
afterEach(() => {
  fs.readSync = readSync;
  syncBuiltinESMExports();
  fs.rmSync(folder, { recursive: true });
});
function readShort(): void {
  fs.readSync = ((fd: number, into: Buffer, offset: number, length: number, position: number) =>
    readSync(fd, into, offset, Math.min(length, 1000), position)) as typeof fs.readSync;
  syncBuiltinESMExports();
}

it('checksums that are read in pieces have the same digest, and are found again', async () => {
  const digests = [];
  for (const isShort of [false, true]) {
    const path = join(folder, String(isShort));
    const sizeBytes = 2000 * 65_536;
    if (isShort) readShort();
    const begun = ChecksumWriter.create(path, sizeBytes);
    for (let block = 0; block < 2000; block += 3) begun.set(block, BigInt(block + 1));
    await begun.sync();
    begun.abort();
    const sums = ChecksumWriter.resume(path, sizeBytes);
    expect([sums.endOfTouched(), sums.get(1998)]).toEqual([expect.any(Number), 1999n]);
    digests.push((await sums.finish()).sha256);
  }
  expect(digests[1]).toBe(digests[0]);
});
