import { BlockBitmap } from '../../../../shared/blocks/bitmap';
import { blockCount } from '../../../../shared/blocks/extent';
import { largeBytes } from '../../../../shared/blocks/large-bytes';
import {
  divideUp,
  entryIsCompressed,
  entryIsEmpty,
  entryIsZero,
  entryOffset,
  geometryOf,
  L1_BYTES_MAX,
  MAGIC,
  readUint64,
  V3_HEADER_BYTES,
} from '../../image/qcow2/format';
import type { ByteReader } from './byte-reader';
import { unexpected, type ExpectedLayout } from './vhd-layout';

/** Hosts stream clusters of this size alone, which is also what change tracking counts in. */
const CLUSTER_BITS = 16;
const { clusterSize, l2Entries, l2Span } = geometryOf(CLUSTER_BITS);

/**
 * The blocks that a qcow2 stream holds, read from the metadata at its start; nothing behind the last L2 table is read.
 * Of a whole disk, clusters that read as zeros are left out; of a difference they count, as the base may hold data.
 * A difference looks like a whole disk: a host puts no backing file into its header.
 * Source: xen-api python3/libexec/qcow2-to-stdout.py: header, refcounts, L1 table, L2 tables, data clusters, in ascending
 * order each.
 * @throws FailureError `stream-unexpected`, `stream-truncated`
 */
export async function readQcow2Blocks(reader: ByteReader, expected: ExpectedLayout): Promise<BlockBitmap> {
  const { sizeBytes, differencing } = expected;
  const { l1Offset, l1Entries } = demandHeader(await reader.take(V3_HEADER_BYTES), expected);
  await reader.skipTo(l1Offset);
  const l1 = await reader.take(l1Entries * 8);
  let free = demandTables(l1, l1Entries, l1Offset);
  const blocks = new BlockBitmap(largeBytes(Math.ceil(blockCount(sizeBytes) / 8)), sizeBytes);
  const table = Buffer.alloc(clusterSize);
  for (let index = 0; index < l1Entries; index++) {
    if (entryIsEmpty(l1, index)) continue;
    await reader.skipTo(entryOffset(l1, index));
    await reader.fill(table, 0, clusterSize);
    for (let entry = 0; entry < l2Entries; entry++) {
      if (entryIsEmpty(table, entry)) continue;
      const block = index * l2Entries + entry;
      if (block >= blocks.blocks) return unexpected(`cluster ${block} lies beyond the disk’s end`);
      if (entryIsCompressed(table, entry)) return unexpected(`cluster ${block} is compressed`);
      const offset = entryOffset(table, entry);
      if (offset === 0 && entryIsZero(table, entry)) {
        if (differencing) blocks.set(block);
        continue;
      }
      if (offset % clusterSize !== 0 || offset < free)
        return unexpected(`cluster ${block} is at ${offset}, not behind what comes before it`);
      free = offset + clusterSize;
      if (differencing || !entryIsZero(table, entry)) blocks.set(block);
    }
  }
  return blocks;
}

function demandHeader(
  header: Buffer,
  { sizeBytes, differencing }: ExpectedLayout,
): { l1Offset: number; l1Entries: number } {
  if (header.readUInt32BE(0) !== MAGIC || header.readUInt32BE(4) !== 3)
    return unexpected('it does not begin as a qcow2 image of version 3');
  if (!differencing && readUint64(header, 8) !== 0)
    return unexpected('it is a difference, which was not asked for');
  if (header.readUInt32BE(20) !== CLUSTER_BITS)
    return unexpected(`its clusters have 2^${header.readUInt32BE(20)} bytes`);
  const size = readUint64(header, 24);
  if (size !== sizeBytes) return unexpected(`it holds ${size} bytes, the disk ${sizeBytes}`);
  if (header.readUInt32BE(32) !== 0) return unexpected('it is encrypted');
  const features = header.readBigUInt64BE(72);
  if (features !== 0n) return unexpected(`it needs the features 0x${features.toString(16)}`);
  const l1Entries = header.readUInt32BE(36);
  if (l1Entries !== divideUp(sizeBytes, l2Span) || l1Entries * 8 > L1_BYTES_MAX)
    return unexpected(`its L1 table has ${l1Entries} entries`);
  const l1Offset = readUint64(header, 40);
  if (l1Offset % clusterSize !== 0 || l1Offset < clusterSize || l1Offset > latestL1(sizeBytes))
    return unexpected(`its L1 table is at ${l1Offset}`);
  return { l1Offset, l1Entries };
}

/** What stands before are refcounts: two bytes for a cluster, so this is twice what a disk full of data needs. */
const latestL1 = (sizeBytes: number): number => 1024 * 1024 + divideUp(sizeBytes, clusterSize) * 4;

/** All L2 tables follow in the order of the disk, close to each other. Returns where the last one ends. */
function demandTables(l1: Buffer, l1Entries: number, l1Offset: number): number {
  let free = l1Offset + divideUp(l1Entries * 8, clusterSize) * clusterSize;
  const latest = free + l1Entries * clusterSize;
  for (let index = 0; index < l1Entries; index++) {
    if (entryIsEmpty(l1, index)) continue;
    const offset = entryOffset(l1, index);
    if (offset % clusterSize !== 0 || offset < free || offset >= latest)
      return unexpected(`L2 table ${index} is at ${offset}`);
    free = offset + clusterSize;
  }
  return free;
}
