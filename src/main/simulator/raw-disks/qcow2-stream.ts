import type { Extent } from '../../../shared/blocks/extent';
import type { VirtualDisk } from '../storage/virtual-disk';
import type { Piece } from './export-handler';
import {
  CLUSTER_BYTES,
  headerOf,
  partsOf,
  refcountsOf,
  TABLE_ENTRIES,
  tableOf,
  totalOf,
} from './qcow2-format';

/**
 * A disk as a qcow2 image the way XAPI streams it: all metadata first, then the clusters in ascending order. Only what
 * the storage holds data of; with a base what differs from it, zeros included, without a backing file in the header.
 * Source: xen-api python3/libexec/qcow2-to-stdout.py, ocaml/xapi/qcow_tool_wrapper.ml.
 */
export async function* qcow2Stream(disk: VirtualDisk, base: VirtualDisk | undefined): AsyncGenerator<Piece> {
  const { sizeBytes } = disk;
  const clusters = base ? await differing(disk, base) : clustersOf(disk.withData());
  const byTable = new Map<number, number[]>();
  for (const cluster of clusters) {
    const table = Math.floor(cluster / TABLE_ENTRIES);
    const entries = byTable.get(table);
    if (entries) entries.push(cluster % TABLE_ENTRIES);
    else byTable.set(table, [cluster % TABLE_ENTRIES]);
  }
  const l1Entries = Math.ceil(sizeBytes / CLUSTER_BYTES / TABLE_ENTRIES);
  const parts = partsOf(Math.ceil(l1Entries / TABLE_ENTRIES), byTable.size, clusters.length);
  const front = (bytes: Buffer): Piece => ({ bytes, done: 0 });

  yield front(headerOf(sizeBytes, l1Entries, parts));
  let at = 1 + parts.refcountTable;
  yield* tables(range(parts.refcountBlocks), parts.refcountTable, at, false);
  for (let block = 0; block < parts.refcountBlocks; block++) yield front(refcountsOf(block, totalOf(parts)));
  at += parts.refcountBlocks + parts.l1;
  yield* tables([...byTable.keys()], parts.l1, at, true);
  at += parts.l2;
  for (const entries of byTable.values()) {
    yield front(tableOf(entries, at));
    at += entries.length;
  }
  for (const [index, cluster] of clusters.entries()) {
    yield { bytes: await clusterOf(disk, cluster), done: (index + 1) / clusters.length };
  }
}

/** A table of several clusters. */
function* tables(
  entries: readonly number[],
  count: number,
  first: number,
  flagged: boolean,
): Generator<Piece> {
  let next = first;
  for (let table = 0; table < count; table++) {
    const own = entries.filter((entry) => Math.floor(entry / TABLE_ENTRIES) === table);
    const bytes = tableOf(
      own.map((entry) => entry % TABLE_ENTRIES),
      next,
      flagged,
    );
    next += own.length;
    yield { bytes, done: 0 };
  }
}

/** Clusters that only one of the two has allocated, and those that both have with different content; ascending. */
async function differing(disk: VirtualDisk, base: VirtualDisk): Promise<number[]> {
  const older = new Set(clustersOf(base.allocated()));
  const newer = clustersOf(disk.allocated());
  const found: number[] = [];
  for (const cluster of newer) {
    const isEqual =
      older.delete(cluster) && (await clusterOf(disk, cluster)).equals(await clusterOf(base, cluster));
    if (!isEqual) found.push(cluster);
  }
  const total = Math.ceil(disk.sizeBytes / CLUSTER_BYTES);
  return [...found, ...[...older].filter((cluster) => cluster < total)].sort((a, b) => a - b);
}

function clustersOf(extents: readonly Extent[]): number[] {
  const clusters: number[] = [];
  for (const { offset, length } of extents) {
    const end = offset + length;
    for (let at = offset; at < end; at += CLUSTER_BYTES) clusters.push(at / CLUSTER_BYTES);
  }
  return clusters;
}

/** Filled up with zeros beyond the disk's end. */
async function clusterOf(disk: VirtualDisk, cluster: number): Promise<Buffer> {
  const offset = cluster * CLUSTER_BYTES;
  const length = Math.min(CLUSTER_BYTES, disk.sizeBytes - offset);
  const data = await disk.read(offset, length);
  return length === CLUSTER_BYTES ? data : Buffer.concat([data], CLUSTER_BYTES);
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
