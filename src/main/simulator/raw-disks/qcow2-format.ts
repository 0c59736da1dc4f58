/**
 * The parts of a qcow2 image as a host streams it: version 3, 64 KiB clusters, 16-bit refcounts, no backing file.
 * Sources: QEMU docs/interop/qcow2.txt; xen-api python3/libexec/qcow2-to-stdout.py.
 */
export const CLUSTER_BYTES = 65_536;
export const TABLE_ENTRIES = CLUSTER_BYTES / 8;
const REFCOUNTS_PER_BLOCK = CLUSTER_BYTES / 2;
const HEADER_BYTES = 112;
/** Exactly one user of the cluster. */
const COPIED = 1n << 63n;

/** How many clusters each part takes; the parts stand in this order, after the header's own cluster. */
export interface Parts {
  readonly refcountTable: number;
  readonly refcountBlocks: number;
  readonly l1: number;
  readonly l2: number;
  readonly data: number;
}

/** Refcounts also count the clusters that hold refcounts, so their number is found step by step. */
export function partsOf(l1: number, l2: number, data: number): Parts {
  const others = 1 + l1 + l2 + data;
  let refcountBlocks = 0;
  let refcountTable = 0;
  for (;;) {
    const blocks = Math.ceil((others + refcountTable + refcountBlocks) / REFCOUNTS_PER_BLOCK);
    if (blocks === refcountBlocks) return { refcountTable, refcountBlocks, l1, l2, data };
    refcountBlocks = blocks;
    refcountTable = Math.ceil(blocks / TABLE_ENTRIES);
  }
}

export const totalOf = ({ refcountTable, refcountBlocks, l1, l2, data }: Parts): number =>
  1 + refcountTable + refcountBlocks + l1 + l2 + data;

export function headerOf(sizeBytes: number, l1Entries: number, parts: Parts): Buffer {
  const { refcountTable, refcountBlocks } = parts;
  const header = Buffer.alloc(CLUSTER_BYTES);
  header.write('QFI\xfb', 0, 'latin1');
  header.writeUInt32BE(3, 4);
  header.writeUInt32BE(16, 20);
  header.writeBigUInt64BE(BigInt(sizeBytes), 24);
  header.writeUInt32BE(l1Entries, 36);
  header.writeBigUInt64BE(BigInt((1 + refcountTable + refcountBlocks) * CLUSTER_BYTES), 40);
  header.writeBigUInt64BE(BigInt(CLUSTER_BYTES), 48);
  header.writeUInt32BE(refcountTable, 56);
  header.writeUInt32BE(4, 96);
  header.writeUInt32BE(HEADER_BYTES, 100);
  return header;
}

/** Cluster `index` of the refcount blocks: each cluster of the image is used once. */
export function refcountsOf(index: number, totalClusters: number): Buffer {
  const block = Buffer.alloc(CLUSTER_BYTES);
  const used = Math.min(REFCOUNTS_PER_BLOCK, totalClusters - index * REFCOUNTS_PER_BLOCK);
  for (let at = 0; at < used; at++) block.writeUInt16BE(1, at * 2);
  return block;
}

/** A cluster of a table whose entries point at clusters that stand one after the other, from `first` on. */
export function tableOf(entries: Iterable<number>, first: number, flagged = true): Buffer {
  const table = Buffer.alloc(CLUSTER_BYTES);
  let cluster = first;
  for (const entry of entries) {
    const offset = BigInt(cluster++ * CLUSTER_BYTES);
    table.writeBigUInt64BE(flagged ? offset | COPIED : offset, entry * 8);
  }
  return table;
}
