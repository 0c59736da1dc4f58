import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadBlockHasher } from '../checksums/block-hash';
import { EffectiveChecksums } from '../checksums/effective';
import { ChecksumReader } from '../checksums/reader';
import { ChecksumWriter } from '../checksums/writer';
import { EvenSample } from '../copy/even-sample';
import { keptSample } from './kept-sample';

const KIB64 = 65_536;
/** The base ends within block 3, the disk within block 5. */
const BASE_SIZE = 3 * KIB64 + 1024;
const SIZE = 5 * KIB64 + 512;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deltascope-kept-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const some = (...numbers: readonly number[]): EvenSample => {
  const sample = new EvenSample();
  for (const number of numbers) sample.add(number);
  return sample;
};

async function sums(name: string, sizeBytes: number, of: Readonly<Record<number, bigint>>): Promise<string> {
  const path = join(folder, name);
  const writer = ChecksumWriter.create(path, sizeBytes);
  for (const [block, sum] of Object.entries(of)) writer.set(Number(block), sum);
  await writer.finish();
  return path;
}

it('a block with a checksum has that; one without has the base’s, or zeros; of what grew there is none', async () => {
  const hash = await loadBlockHasher();
  const zeros = (length: number): bigint => hash(Buffer.alloc(length), 0, length);
  const own = ChecksumWriter.resume(await sums('own', SIZE, { 1: 11n }), SIZE);
  const newer = await ChecksumReader.open(await sums('newer', BASE_SIZE, { 0: 20n }));
  const older = await ChecksumReader.open(await sums('older', BASE_SIZE, { 0: 30n, 2: 32n, 3: 33n }));
  const base = new EffectiveChecksums([newer, older]);
  try {
    const samples = { stored: some(1), leftOut: some(0, 2, 3), notWanted: some(4, 5) };
    const found = (of: typeof base | 'none' | undefined) =>
      keptSample(samples, { sums: own, hash, sizeBytes: SIZE, base: of }).map(({ block, sum }) => [
        block,
        sum,
      ]);
    expect(found(base)).toEqual([
      [1, 11n],
      [0, 20n],
      [2, 32n],
      [4, zeros(KIB64)],
      [5, zeros(512)],
    ]);
    expect(found('none')).toEqual([
      [1, 11n],
      ...[0, 2, 3, 4].map((block) => [block, zeros(KIB64)]),
      [5, zeros(512)],
    ]);
    expect(found(undefined)).toEqual([[1, 11n]]);
  } finally {
    own.abort();
    await base.close();
  }
});
