import { BlockBitmap } from '../../../src/shared/blocks/bitmap';
import { CBT_BLOCK_SIZE } from '../../../src/shared/blocks/extent';
import type { DiskLayout } from '../../../src/shared/model/partition';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const TIB = 1024 * GIB;

/** A disk made up for the heatmap. The page and the tests make the same bits from the same numbers. */
export interface StageDisk {
  readonly sizeBytes: number;
  /** Size at each later snapshot, where it differs. */
  readonly sizes?: readonly number[];
  /** Changes from one snapshot to the next, oldest first. */
  readonly intervals: readonly ((bitmap: BlockBitmap) => void)[];
  readonly layout?: DiskLayout;
}

/** A small generator with a seed. Source: public description of mulberry32. */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const run = (bitmap: BlockBitmap, first: number, length: number): void => {
  for (let block = first; block < Math.min(bitmap.blocks, first + length); block++) bitmap.set(block);
};

/** Single blocks and short runs all over a range of blocks. */
const scatter =
  (seed: number, from: number, to: number, runs: number, longest: number) =>
  (bitmap: BlockBitmap): void => {
    const next = numbers(seed);
    for (let count = 0; count < runs; count++)
      run(bitmap, from + Math.floor(next() * (to - from)), 1 + Math.floor(next() * longest));
  };

const all =
  (...parts: readonly ((bitmap: BlockBitmap) => void)[]) =>
  (bitmap: BlockBitmap): void =>
    parts.forEach((part) => part(bitmap));

const block = (offset: number): number => Math.floor(offset / CBT_BLOCK_SIZE);

/** A server: boot, root with its journal, a database, swap. */
const server: StageDisk = {
  sizeBytes: 40 * GIB,
  layout: {
    scheme: 'gpt',
    faults: [],
    regions: [
      { offset: 0, length: MIB, kind: 'table', name: 'Partition table', fileSystem: 'GPT' },
      {
        offset: MIB,
        length: 512 * MIB,
        kind: 'partition',
        name: 'Partition 1',
        fileSystem: 'FAT32',
        label: 'EFI',
      },
      {
        offset: 513 * MIB,
        length: 20 * GIB,
        kind: 'partition',
        name: 'Partition 2',
        fileSystem: 'ext4',
        label: 'root',
      },
      { offset: 8 * GIB, length: 128 * MIB, kind: 'detail', name: 'Journal' },
      {
        offset: 513 * MIB + 20 * GIB,
        length: 12 * GIB,
        kind: 'partition',
        name: 'Partition 3',
        fileSystem: 'XFS',
        label: 'database',
      },
      {
        offset: 513 * MIB + 32 * GIB,
        length: 4 * GIB,
        kind: 'partition',
        name: 'Partition 4',
        fileSystem: 'swap',
      },
      {
        offset: 513 * MIB + 36 * GIB,
        length: 40 * GIB - 513 * MIB - 36 * GIB,
        kind: 'free',
        name: 'Free space',
      },
    ],
  },
  intervals: Array.from({ length: 8 }, (_, n) =>
    all(
      scatter(10 + n, block(GIB), block(20 * GIB), 40 + 30 * n, 24),
      scatter(20 + n, block(8 * GIB), block(8 * GIB + 128 * MIB), 90, 30),
      scatter(30 + n, block(22 * GIB), block(26 * GIB + n * 512 * MIB), 900 + 150 * n, 6),
      scatter(40 + (n % 3), block(513 * MIB + 32 * GIB), block(513 * MIB + 33 * GIB), 300, 40),
      (bitmap) => run(bitmap, block(3 * GIB) + n * 900, 700),
    ),
  ),
};

export const disks = {
  server,
  /** One block, and that a short one. */
  one: { sizeBytes: 512, intervals: [(bitmap) => bitmap.set(0)] },
  /** Ends in the middle of a block and of a byte of the bitmap. */
  short: {
    sizeBytes: 777 * CBT_BLOCK_SIZE - 512,
    intervals: [all(scatter(1, 0, 777, 60, 9), (bitmap) => bitmap.set(776)), scatter(2, 0, 777, 50, 12)],
  },
  /** Became larger between the second and the third snapshot. */
  grown: {
    sizeBytes: 512 * MIB,
    sizes: [512 * MIB, 900 * MIB + 512],
    intervals: [scatter(3, 0, 8192, 200, 20), scatter(4, 0, 14_401, 300, 20)],
    layout: {
      scheme: 'mbr',
      faults: [],
      regions: [
        { offset: MIB, length: 899 * MIB, kind: 'partition', name: 'Partition 1', fileSystem: 'ext4' },
      ],
    },
  },
  nothing: { sizeBytes: 2 * GIB, intervals: [() => undefined] },
  everything: { sizeBytes: 2 * GIB, intervals: [(bitmap) => run(bitmap, 0, bitmap.blocks)] },
  needle: { sizeBytes: 16 * TIB, intervals: [(bitmap) => bitmap.set(123_456_789)] },
  haystack: {
    sizeBytes: 16 * TIB,
    intervals: [
      (bitmap) => {
        const next = numbers(5);
        for (let byte = 0; byte < bitmap.bytes.length; byte += 1 + Math.floor(next() * 5))
          bitmap.bytes[byte] = 1 << Math.floor(next() * 8);
      },
    ],
  },
} satisfies Record<string, StageDisk>;
export type StageDiskName = keyof typeof disks;

/** The blocks changed from snapshot `from` to the later snapshot `to`. */
export function changedBetween(name: StageDiskName, from: number, to: number): BlockBitmap {
  const disk: StageDisk = disks[name];
  const bitmap = BlockBitmap.empty(disk.sizes?.[to - 1] ?? disk.sizeBytes);
  for (const mark of disk.intervals.slice(from, to)) mark(bitmap);
  return bitmap;
}
