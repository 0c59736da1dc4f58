import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BlockBitmap } from '../../../../shared/blocks/bitmap';
import type { Held, ResumedSink } from '../../image/types';
import { loadBlockHasher } from '../checksums/block-hash';
import { EffectiveChecksums } from '../checksums/effective';
import { ChecksumReader } from '../checksums/reader';
import { ChecksumWriter } from '../checksums/writer';
import { CopyCounters } from '../copy/counters';
import { prove, type ProveOptions } from './prove';

const KIB64 = 65_536;
const SIZE = 8 * KIB64;
/** The checkpoint: blocks 0 to 3 were done. */
const TRUSTED = 4 * KIB64;

let folder: string;
let open: { abort?: () => void; close?: () => Promise<void> }[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deltascope-prove-'));
  open = [];
});
afterEach(async () => {
  for (const one of open) {
    one.abort?.();
    await one.close?.();
  }
  rmSync(folder, { recursive: true });
});

/** Every block is filled with its number and one, but for those that are empty. */
const image = (...empty: readonly number[]): Buffer =>
  Buffer.concat(
    Array.from({ length: 8 }, (_, block) => Buffer.alloc(KIB64, empty.includes(block) ? 0 : block + 1)),
  );
const sinkOf = (bytes: Buffer, held: (block: number) => Held): ResumedSink =>
  ({
    holds: (offset: number, length: number): Held => {
      const all = new Set(Array.from({ length: length / KIB64 }, (_, at) => held(offset / KIB64 + at)));
      return all.size === 1 ? [...all][0] : 'some';
    },
    readBack: (offset: number, memory: Buffer, start: number, length: number) =>
      void bytes.copy(memory, start, offset, offset + length),
  }) as unknown as ResumedSink;

/** Checksums of these blocks as they are in `of`. */
async function sumsOf(of: Buffer, blocks: readonly number[], name: string): Promise<ChecksumWriter> {
  const hash = await loadBlockHasher();
  const sums = ChecksumWriter.create(join(folder, name), SIZE);
  for (const block of blocks) sums.set(block, hash(of, block * KIB64, KIB64));
  return sums;
}

async function judged(
  bytes: Buffer,
  sums: ChecksumWriter,
  more: Partial<ProveOptions> & { held?: (block: number) => Held } = {},
) {
  open.push(sums);
  const { held = () => 'all', ...options } = more;
  const counters = new CopyCounters();
  const { missing, damaged } = await prove(
    {
      sink: sinkOf(bytes, held),
      sums,
      hash: await loadBlockHasher(),
      sizeBytes: SIZE,
      wanted: undefined,
      trustedBelow: TRUSTED,
      increment: false,
      base: undefined,
      counters,
      ...options,
    },
    new AbortController().signal,
  );
  const list = (bitmap: BlockBitmap) =>
    Array.from({ length: 8 }, (_, at) => at).filter((at) => bitmap.has(at));
  return { missing: list(missing), damaged: list(damaged), kept: counters.get('readBytes') / KIB64 };
}

it('a full image: blocks as their checksums say, and empty ones below the checkpoint', async () => {
  const bytes = image(1, 5);
  const sums = await sumsOf(bytes, [0, 2, 4, 6], 'sums');
  bytes[2 * KIB64 + 9] ^= 1;
  // 3 and 7 hold something without a checksum.
  expect(await judged(bytes, sums)).toEqual({ missing: [2, 3, 5, 7], damaged: [2, 3, 7], kept: 4 });
});

it('an image with tables: what it does not hold has no checksum, and the other way round', async () => {
  const bytes = image();
  const sums = await sumsOf(bytes, [0, 1, 4], 'sums');
  const held = (block: number): Held => (block === 1 ? 'some' : [0, 2, 4].includes(block) ? 'all' : 'none');
  const found = await judged(bytes, sums, { held, increment: true });
  expect(found).toEqual({ missing: [1, 2, 5, 6, 7], damaged: [1, 2], kept: 3 });
});

it('an increment that holds its base: what has no checksum is as it is there', async () => {
  const bytes = image(3);
  const baseSums = await sumsOf(bytes, [1, 2, 4, 5], 'base');
  await baseSums.finish();
  const reader = await ChecksumReader.open(join(folder, 'base'));
  open.push(reader);
  const sums = await sumsOf(bytes, [0, 6], 'sums');
  bytes[2 * KIB64] ^= 1;
  bytes[5 * KIB64] ^= 1;
  const wanted = BlockBitmap.empty(SIZE);
  for (const block of [0, 1, 4, 6]) wanted.set(block);
  const base = new EffectiveChecksums([reader]);
  // 2 and 5 were not to be copied, and are wrong now all the same; 7 is not empty, as it was in the base.
  expect(await judged(bytes, sums, { increment: true, base, wanted })).toEqual({
    missing: [2, 4, 5, 7],
    damaged: [2, 5, 7],
    kept: 3,
  });
});

it('an increment that holds its base: a hole is as the base says, or damage', async () => {
  const bytes = image(1, 3, 6);
  const baseSums = await sumsOf(bytes, [1, 4], 'base');
  baseSums.set(6, (await loadBlockHasher())(image(), 6 * KIB64, KIB64));
  await baseSums.finish();
  const reader = await ChecksumReader.open(join(folder, 'base'));
  open.push(reader);
  const sums = await sumsOf(bytes, [0, 2, 5, 7], 'sums');
  const sink: ResumedSink = {
    ...sinkOf(bytes, () => 'all'),
    isHole: (offset, length) => length === KIB64 && [1, 3, 6].includes(offset / KIB64),
  };
  // 1 is a hole in place of zeros, 6 in place of data, 3 in place of nothing.
  const base = new EffectiveChecksums([reader]);
  expect(await judged(bytes, sums, { increment: true, base, sink, trustedBelow: SIZE })).toEqual({
    missing: [6],
    damaged: [6],
    kept: 7,
  });
});
