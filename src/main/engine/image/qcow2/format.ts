/**
 * Numbers of the qcow2 format that reader and writer share. All integers on disk are big-endian.
 * Source: QEMU docs/interop/qcow2.txt.
 */

export const MAGIC = 0x514649fb;

export const V2_HEADER_BYTES = 72;
export const V3_HEADER_BYTES = 104;

/** Longest backing file name the format allows, in bytes. */
export const BACKING_NAME_MAX = 1023;

export const EXTENSION = {
  end: 0,
  backingFormat: 0xe2792aca,
  featureNames: 0x6803f857,
  bitmaps: 0x23852875,
} as const;

/** Bit numbers of the incompatible features field. */
export const FEATURE = { dirty: 0, corrupt: 1, externalData: 2, compressionType: 3, extendedL2: 4 } as const;

/** QEMU opens no larger L1 and refcount table than these; neither does this reader. */
export const L1_BYTES_MAX = 32 * 1024 * 1024;
export const REFCOUNT_TABLE_BYTES_MAX = 8 * 1024 * 1024;

export const MIN_CLUSTER_BITS = 9;
export const MAX_CLUSTER_BITS = 21;

const HIGH = 2 ** 32;
/** Flags in the upper 32 bits of an L1 or L2 entry. */
const COPIED = 0x80000000;
const COMPRESSED = 0x40000000;
/** Flag in the lower 32 bits of an L2 entry: the cluster reads as zeros. */
const ZERO = 1;
/** Bits without a meaning, which must be 0: in the upper 32 bits of an entry, and in the lower ones below the offset. */
const RESERVED_HIGH = 0x3f000000;
const RESERVED_LOW = 0x1fe;

/** Sizes that follow from the cluster size. */
export interface Geometry {
  readonly clusterBits: number;
  readonly clusterSize: number;
  /** Entries in one L2 table. */
  readonly l2Entries: number;
  /** Bytes of the disk that one L2 table describes. */
  readonly l2Span: number;
}

export function geometryOf(clusterBits: number): Geometry {
  const clusterSize = 2 ** clusterBits;
  const l2Entries = clusterSize / 8;
  return { clusterBits, clusterSize, l2Entries, l2Span: l2Entries * clusterSize };
}

export const divideUp = (value: number, by: number): number => Math.ceil(value / by);
export const roundUp = (value: number, to: number): number => divideUp(value, to) * to;

/** The unsigned 64-bit number at `at`; loses precision above 2^53, which no file reaches. */
export function readUint64(table: Buffer, at: number): number {
  return table.readUInt32BE(at) * HIGH + table.readUInt32BE(at + 4);
}

export function writeUint64(table: Buffer, at: number, value: number): void {
  table.writeUInt32BE(Math.floor(value / HIGH), at);
  table.writeUInt32BE(value % HIGH, at + 4);
}

/** Bits 9–55 of the entry: the file offset in an L1 entry or a standard L2 entry. */
export function entryOffset(table: Buffer, index: number): number {
  const high = table.readUInt32BE(index * 8) & 0x00ffffff;
  const low = (table.readUInt32BE(index * 8 + 4) & 0xfffffe00) >>> 0;
  return high * HIGH + low;
}

export const entryIsEmpty = (table: Buffer, index: number): boolean =>
  table.readInt32LE(index * 8) === 0 && table.readInt32LE(index * 8 + 4) === 0;

export const entryIsCompressed = (table: Buffer, index: number): boolean =>
  (table.readUInt32BE(index * 8) & COMPRESSED) !== 0;

export const entryIsZero = (table: Buffer, index: number): boolean =>
  (table.readUInt32BE(index * 8 + 4) & ZERO) !== 0;

/** Says that nothing else uses the cluster. */
export const entryIsCopied = (table: Buffer, index: number): boolean =>
  (table.readUInt32BE(index * 8) & COPIED) !== 0;

/** For entries of the L1 table and of uncompressed clusters. */
export const entryHasReservedBits = (table: Buffer, index: number): boolean =>
  (table.readUInt32BE(index * 8) & RESERVED_HIGH) !== 0 ||
  (table.readUInt32BE(index * 8 + 4) & RESERVED_LOW) !== 0;

/** Whether the entry is one that {@link writeEntry} writes. */
export const entryIsOurs = (table: Buffer, index: number): boolean =>
  !entryIsCompressed(table, index) &&
  !entryHasReservedBits(table, index) &&
  entryIsCopied(table, index) === (entryOffset(table, index) !== 0);

/** Points the entry at a cluster that nothing else uses (refcount exactly one). `offset` 0 points nowhere. */
export function writeEntry(table: Buffer, index: number, offset: number, zero: boolean): void {
  const high = Math.floor(offset / HIGH);
  table.writeUInt32BE((offset === 0 ? high : high | COPIED) >>> 0, index * 8);
  table.writeUInt32BE((offset % HIGH) + (zero ? ZERO : 0), index * 8 + 4);
}

/** Where a compressed cluster lies: file offset and the most bytes its deflate stream takes. */
export function compressedRange(
  table: Buffer,
  index: number,
  clusterBits: number,
): { offset: number; length: number } {
  const descriptor = table.readBigUInt64BE(index * 8) & ((1n << 62n) - 1n);
  const offsetBits = BigInt(62 - (clusterBits - 8));
  const offset = Number(descriptor & ((1n << offsetBits) - 1n));
  const moreSectors = Number(descriptor >> offsetBits);
  return { offset, length: (moreSectors + 1) * 512 - (offset % 512) };
}
