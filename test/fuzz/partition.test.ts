import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readDiskLayout } from '../../src/main/engine/partition/disk-layout';
import { lvmChecksum } from '../../src/main/engine/partition/lvm/checksum';
import { diskLayoutSchema, type DiskRegion } from '../../src/shared/model/partition';
import { unwrap } from '../../src/shared/model/result';
import { memorySource } from '../fixtures/file-source';
import { lvmPhysicalVolume } from '../fixtures/partitioned-disk';

const SIZE = 1024 * 1024;

const value = fc.oneof(
  fc.bigInt(0n, 2n ** 64n - 1n),
  fc.nat(63).map((bit) => 1n << BigInt(bit)),
  fc.nat(3000).map(BigInt),
  fc.constantFrom(0n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n),
);
const change = fc.record({ place: fc.nat(), value, width: fc.constantFrom(1, 2, 4, 8), big: fc.boolean() });
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** A disk that may be hostile, the places in it where a change matters, and how its checksums are made right again. */
interface Kind {
  readonly name: string;
  readonly disk: () => Buffer;
  readonly places: readonly (readonly [start: number, length: number])[];
  /** What is there while nothing is damaged. */
  readonly finds: DiskRegion['kind'];
  readonly repair?: (disk: Buffer) => void;
}

function mbr(): Buffer {
  const disk = Buffer.alloc(SIZE);
  const entry = (at: number, type: number, start: number, sectors: number): void => {
    disk.writeUInt8(type, at + 4);
    disk.writeUInt32LE(start, at + 8);
    disk.writeUInt32LE(sectors, at + 12);
  };
  entry(446, 0x83, 8, 100);
  entry(462, 5, 200, 1500);
  for (const [at, next] of [
    [200, 400],
    [600, 0],
  ] as const) {
    entry(at * 512 + 446, 0x83, 1, 100);
    if (next) entry(at * 512 + 462, 5, next, 100);
    disk.writeUInt16LE(0xaa55, at * 512 + 510);
  }
  disk.writeUInt16LE(0xaa55, 510);
  return disk;
}

function gpt(): Buffer {
  const disk = Buffer.alloc(SIZE);
  disk.writeUInt8(0xee, 446 + 4);
  disk.writeUInt32LE(1, 446 + 8);
  disk.writeUInt32LE(2047, 446 + 12);
  disk.writeUInt16LE(0xaa55, 510);
  disk.fill(1, 1024, 1040);
  disk.writeBigUInt64LE(40n, 1024 + 32);
  disk.writeBigUInt64LE(1000n, 1024 + 40);
  disk.write('EFI PART', 512, 'latin1');
  disk.writeUInt32LE(92, 512 + 12);
  disk.writeBigUInt64LE(1n, 512 + 24);
  disk.writeBigUInt64LE(2047n, 512 + 32);
  disk.writeBigUInt64LE(2n, 512 + 72);
  disk.writeUInt32LE(16, 512 + 80);
  disk.writeUInt32LE(128, 512 + 84);
  repairGpt(disk);
  return disk;
}

function repairGpt(disk: Buffer): void {
  disk.writeUInt32LE(crc32(disk.subarray(1024, 1024 + 16 * 128)), 512 + 88);
  disk.writeUInt32LE(0, 512 + 16);
  disk.writeUInt32LE(crc32(disk.subarray(512, 512 + 92)), 512 + 16);
}

/** The physical volume with extents of 4 KiB from 4 KiB on, so that its volumes lie in the one MiB there is. */
function physicalVolume(): Buffer {
  const disk = lvmPhysicalVolume();
  const put = (what: string, instead: string): number => disk.write(instead, disk.indexOf(what));
  put('extent_size = 8192', 'extent_size = 0008');
  put('pe_start = 2048', 'pe_start = 0008');
  repairLvm(disk);
  return disk;
}

/** A physical volume whose text can be changed: the checksums follow, so that a change reaches the parser. */
function repairLvm(disk: Buffer): void {
  disk.writeUInt32LE(lvmChecksum(disk.subarray(512 + 20, 1024)), 512 + 16);
  const start = 4096 + Math.min(SIZE, Number(disk.readBigUInt64LE(4096 + 40)));
  const end = start + Math.min(SIZE, Number(disk.readBigUInt64LE(4096 + 48)));
  disk.writeUInt32LE(lvmChecksum(disk.subarray(start, end)), 4096 + 56);
  disk.writeUInt32LE(lvmChecksum(disk.subarray(4096 + 4, 4096 + 512)), 4096);
}

function ntfs(): Buffer {
  const disk = Buffer.alloc(SIZE);
  disk.write('NTFS    ', 3, 'latin1');
  disk.writeUInt16LE(512, 11);
  disk.writeUInt8(8, 13);
  disk.writeBigUInt64LE(2047n, 40);
  disk.writeBigUInt64LE(4n, 48);
  disk.writeInt8(-10, 64);
  disk.writeUInt16LE(0xaa55, 510);
  for (const number of [0, 2, 3]) {
    const at = 4 * 4096 + number * 1024;
    disk.write('FILE', at, 'latin1');
    disk.writeUInt16LE(48, at + 4);
    disk.writeUInt16LE(3, at + 6);
    disk.writeUInt16LE(56, at + 20);
    disk.writeUInt32LE(0x80, at + 56);
    disk.writeUInt32LE(80, at + 60);
    disk.writeUInt8(1, at + 64);
    disk.writeUInt16LE(64, at + 56 + 32);
    Buffer.from([0x21, 8, 4, 0, 0x11, 4, 0xfe, 0]).copy(disk, at + 56 + 64);
    disk.writeUInt32LE(0xffffffff, at + 136);
  }
  return disk;
}

function superblocks(): Buffer {
  const disk = Buffer.alloc(SIZE);
  disk.writeUInt16LE(0xef53, 1024 + 56);
  disk.writeUInt32LE(1024, 1024 + 4);
  disk.writeUInt32LE(0x40, 1024 + 96);
  disk.writeUInt8(1, 1024 + 0xfd);
  disk.writeUInt16LE(0xf30a, 1024 + 0x10c);
  disk.writeUInt16LE(1, 1024 + 0x10e);
  disk.writeUInt16LE(16, 1024 + 0x10c + 16);
  disk.writeUInt32LE(100, 1024 + 0x10c + 20);
  return disk;
}

function xfs(): Buffer {
  const disk = Buffer.alloc(SIZE);
  disk.write('XFSB', 0, 'latin1');
  disk.writeUInt32BE(4096, 4);
  disk.writeBigUInt64BE(256n, 8);
  disk.writeBigUInt64BE(68n, 48);
  disk.writeUInt32BE(64, 84);
  disk.writeUInt32BE(16, 96);
  disk.writeUInt16BE(4, 100);
  disk.writeUInt16BE(512, 102);
  disk.writeUInt8(6, 124);
  return disk;
}

function fat(): Buffer {
  const disk = Buffer.alloc(SIZE);
  disk.writeUInt8(0xeb, 0);
  disk.writeUInt16LE(512, 11);
  disk.writeUInt8(1, 13);
  disk.writeUInt16LE(32, 14);
  disk.writeUInt8(2, 16);
  disk.writeUInt16LE(2048, 19);
  disk.writeUInt8(0xf8, 21);
  disk.writeUInt32LE(16, 36);
  disk.writeUInt16LE(1, 48);
  disk.writeUInt16LE(0xaa55, 510);
  disk.write('RRaA', 512, 'latin1');
  disk.write('rrAa', 512 + 484, 'latin1');
  disk.writeUInt32LE(100, 512 + 488);
  return disk;
}

const kinds: Kind[] = [
  {
    name: 'MBR',
    finds: 'partition',
    disk: mbr,
    places: [
      [446, 66],
      [200 * 512 + 446, 66],
      [600 * 512 + 446, 66],
    ],
  },
  {
    name: 'GPT',
    finds: 'partition',
    disk: gpt,
    places: [
      [446, 66],
      [512, 96],
      [1024, 256],
    ],
    repair: repairGpt,
  },
  {
    name: 'LVM',
    finds: 'volume',
    disk: physicalVolume,
    places: [
      [512, 140],
      [4096, 64],
      [4096 + 512, 3500],
    ],
    repair: repairLvm,
  },
  {
    name: 'NTFS',
    finds: 'detail',
    disk: ntfs,
    places: [
      [0, 84],
      [4 * 4096, 150],
      [4 * 4096 + 2048, 150],
      [4 * 4096 + 3072, 150],
    ],
  },
  { name: 'ext', finds: 'detail', disk: superblocks, places: [[1024, 350]] },
  { name: 'XFS', finds: 'detail', disk: xfs, places: [[0, 160]] },
  {
    name: 'FAT',
    finds: 'detail',
    disk: fat,
    places: [
      [0, 90],
      [512, 512],
    ],
  },
];

function apply(disk: Buffer, places: Kind['places'], { place, value: to, width, big }: Change): void {
  const [start, length] = places[place % places.length];
  const at = start + (Math.floor(place / places.length) % length);
  const bytes = Buffer.alloc(8);
  if (big) bytes.writeBigUInt64BE(to);
  else bytes.writeBigUInt64LE(to);
  bytes.copy(disk, at, big ? 8 - width : 0, big ? 8 : width);
}

test.each(kinds)(
  'a damaged $name gives a layout that lies on the disk',
  async ({ disk, places, repair }) => {
    const pristine = disk();
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { maxLength: 6 }),
        fc.boolean(),
        fc.option(fc.nat(SIZE / 512)),
        async (changes, repaired, cut) => {
          let hostile = Buffer.from(pristine);
          for (const one of changes) apply(hostile, places, one);
          if (repaired) repair?.(hostile);
          if (cut !== null) hostile = hostile.subarray(0, cut * 512);
          const layout = diskLayoutSchema.parse(unwrap(await readDiskLayout(memorySource(hostile))));
          for (const { offset, length } of layout.regions)
            expect(offset + length).toBeLessThanOrEqual(hostile.length);
          expect(layout.faults.length).toBeLessThanOrEqual(256);
        },
      ),
      { seed: 11, numRuns: 400 },
    );
  },
  120_000,
);

test.each(kinds)(
  'the $name that is damaged above is recognised while it is whole',
  async ({ disk, repair, finds }) => {
    const pristine = disk();
    repair?.(pristine);
    const layout = unwrap(await readDiskLayout(memorySource(pristine)));
    expect(layout.regions.map(({ kind }) => kind)).toContain(finds);
  },
);

test('random bytes give a layout that lies on the disk', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 512, maxLength: 8192 }), async (bytes) => {
      const hostile = Buffer.alloc(Math.ceil(bytes.length / 512) * 512);
      Buffer.from(bytes).copy(hostile);
      hostile.writeUInt16LE(0xaa55, 510);
      for (let at = 446; at < 510; at += 16) hostile[at] &= 0x80;
      const layout = diskLayoutSchema.parse(unwrap(await readDiskLayout(memorySource(hostile))));
      for (const { offset, length } of layout.regions)
        expect(offset + length).toBeLessThanOrEqual(hostile.length);
    }),
    { seed: 12, numRuns: 500 },
  );
}, 120_000);
