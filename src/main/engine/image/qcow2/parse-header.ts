import { imageCorrupt } from '../file-failures';
import { unsupported } from './failures';
import {
  BACKING_NAME_MAX,
  divideUp,
  EXTENSION,
  FEATURE,
  geometryOf,
  type Geometry,
  L1_BYTES_MAX,
  MAGIC,
  MAX_CLUSTER_BITS,
  MIN_CLUSTER_BITS,
  readUint64,
  REFCOUNT_TABLE_BYTES_MAX,
  V2_HEADER_BYTES,
  V3_HEADER_BYTES,
} from './format';
import { featureName, readExtensions } from './header-extensions';
import { demandDiskSize } from '../image-size';
import type { InputFile } from '../input-file';

/** The header of an image, checked against the format and the file's length. */
export interface Qcow2Header {
  readonly version: number;
  readonly geometry: Geometry;
  readonly sizeBytes: number;
  /** Entries that describe the disk; more may follow in the file for saved machine state. */
  readonly l1Entries: number;
  /** Entries stored in the file. */
  readonly l1EntriesStored: number;
  readonly l1Offset: number;
  readonly refcountTableOffset: number;
  readonly refcountTableClusters: number;
  readonly refcountBits: number;
  readonly dirty: boolean;
  readonly corrupt: boolean;
  /** Internal snapshots or bitmaps: they use clusters that the disk's own tables do not name. */
  readonly hasOtherUsers: boolean;
  readonly backing: { readonly path: string; readonly format: string | undefined } | undefined;
}

/**
 * Reads and checks the header.
 * @throws FailureError for a file that is no qcow2 image, is damaged, or needs what this reader does not do.
 */
export async function readHeader(file: InputFile): Promise<Qcow2Header> {
  const { path } = file;
  const base = await file.readBuffer(0, Math.min(V3_HEADER_BYTES + 8, file.sizeBytes));
  if (base.length < V2_HEADER_BYTES || base.readUInt32BE(0) !== MAGIC) {
    imageCorrupt(path, 0, 'it does not begin with a qcow2 header');
  }
  const version = base.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw unsupported(path, `format version ${version}`);
  const clusterBits = base.readUInt32BE(20);
  if (clusterBits < MIN_CLUSTER_BITS || clusterBits > MAX_CLUSTER_BITS) {
    imageCorrupt(path, 20, `a cluster size of 2^${clusterBits} bytes does not exist`);
  }
  const geometry = geometryOf(clusterBits);
  const first = await file.readBuffer(0, Math.min(geometry.clusterSize, file.sizeBytes));
  const headerLength = version === 2 ? V2_HEADER_BYTES : headerLengthOf(path, first);

  const extensions = readExtensions(path, first, headerLength);
  const features = version === 2 ? 0n : first.readBigUInt64BE(72);
  refuseUnknown(path, features, first, headerLength, extensions.get(EXTENSION.featureNames));
  const crypt = first.readUInt32BE(32);
  if (crypt !== 0) throw unsupported(path, crypt === 2 ? 'LUKS encryption' : `encryption (method ${crypt})`);

  return {
    version,
    geometry,
    ...readTables(file, first, geometry),
    refcountBits: version === 2 ? 16 : refcountBitsOf(path, first),
    dirty: (features & (1n << BigInt(FEATURE.dirty))) !== 0n,
    corrupt: (features & (1n << BigInt(FEATURE.corrupt))) !== 0n,
    hasOtherUsers: first.readUInt32BE(60) > 0 || extensions.has(EXTENSION.bitmaps),
    backing: readBacking(path, first, extensions.get(EXTENSION.backingFormat)),
  };
}

function headerLengthOf(path: string, first: Buffer): number {
  if (first.length < V3_HEADER_BYTES) imageCorrupt(path, first.length, 'the file ends inside the header');
  const length = first.readUInt32BE(100);
  if (length < V3_HEADER_BYTES || length > first.length)
    imageCorrupt(path, 100, `a header of ${length} bytes is not possible`);
  return length;
}

function refcountBitsOf(path: string, first: Buffer): number {
  const order = first.readUInt32BE(96);
  if (order > 6) imageCorrupt(path, 96, `refcounts of 2^${order} bits do not exist`);
  return 2 ** order;
}

function readTables(
  file: InputFile,
  first: Buffer,
  { clusterSize, l2Span }: Geometry,
): Pick<
  Qcow2Header,
  'sizeBytes' | 'l1Entries' | 'l1EntriesStored' | 'l1Offset' | 'refcountTableOffset' | 'refcountTableClusters'
> {
  const { path } = file;
  const sizeBytes = readUint64(first, 24);
  demandDiskSize(path, sizeBytes);
  if (sizeBytes % 512 !== 0)
    throw unsupported(path, `a disk size that is no multiple of 512 bytes (${sizeBytes})`);

  const l1EntriesStored = first.readUInt32BE(36);
  const l1Entries = divideUp(sizeBytes, l2Span);
  if (l1EntriesStored * 8 > L1_BYTES_MAX)
    imageCorrupt(path, 36, `an L1 table of ${l1EntriesStored} entries is too large`);
  if (l1EntriesStored < l1Entries) {
    imageCorrupt(
      path,
      36,
      `an L1 table of ${l1EntriesStored} entries is too small for a disk of ${sizeBytes} bytes`,
    );
  }
  const l1Offset = readUint64(first, 40);
  demandTable(file, 40, 'the L1 table', l1Offset, l1EntriesStored * 8, clusterSize);

  const refcountTableOffset = readUint64(first, 48);
  const refcountTableClusters = first.readUInt32BE(56);
  const refcountTableBytes = refcountTableClusters * clusterSize;
  if (refcountTableBytes > REFCOUNT_TABLE_BYTES_MAX) {
    imageCorrupt(path, 56, `a refcount table of ${refcountTableClusters} clusters is too large`);
  }
  demandTable(file, 48, 'the refcount table', refcountTableOffset, refcountTableBytes, clusterSize);
  return { sizeBytes, l1Entries, l1EntriesStored, l1Offset, refcountTableOffset, refcountTableClusters };
}

/** The last cluster of a file may be cut where its content ends, so only the beginning must lie inside. */
function demandTable(
  file: InputFile,
  field: number,
  what: string,
  offset: number,
  bytes: number,
  clusterSize: number,
): void {
  if (offset % clusterSize !== 0)
    imageCorrupt(file.path, field, `${what} at ${offset} does not begin with a cluster`);
  if (bytes > 0 && offset + bytes >= file.sizeBytes + clusterSize) {
    imageCorrupt(
      file.path,
      field,
      `${what} at ${offset} lies beyond the end of the file (${file.sizeBytes} bytes)`,
    );
  }
}

function readBacking(path: string, first: Buffer, format: Buffer | undefined): Qcow2Header['backing'] {
  const offset = readUint64(first, 8);
  if (offset === 0) return undefined;
  const length = first.readUInt32BE(16);
  if (length === 0) return undefined;
  if (length > BACKING_NAME_MAX) imageCorrupt(path, 16, `a backing file name of ${length} bytes is too long`);
  if (offset + length > first.length)
    imageCorrupt(path, 8, 'the backing file name lies outside the first cluster');
  return { path: first.toString('utf8', offset, offset + length), format: format?.toString('latin1') };
}

function refuseUnknown(
  path: string,
  features: bigint,
  first: Buffer,
  headerLength: number,
  names: Buffer | undefined,
): void {
  const has = (bit: number): boolean => (features & (1n << BigInt(bit))) !== 0n;
  if (has(FEATURE.externalData)) throw unsupported(path, 'an external data file');
  if (has(FEATURE.extendedL2)) throw unsupported(path, 'extended L2 entries (subclusters)');
  if (has(FEATURE.compressionType)) {
    const type = headerLength > V3_HEADER_BYTES ? first.readUInt8(V3_HEADER_BYTES) : 0;
    if (type === 0) imageCorrupt(path, V3_HEADER_BYTES, 'it announces a compression type but names none');
    throw unsupported(path, type === 1 ? 'zstd compression' : `compression type ${type}`);
  }
  for (let bit = 0; bit < 64; bit++) {
    if (has(bit) && bit > FEATURE.corrupt) throw unsupported(path, `the feature ${featureName(bit, names)}`);
  }
}
