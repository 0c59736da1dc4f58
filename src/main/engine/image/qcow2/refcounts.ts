import { divideUp, writeUint64 } from './format';

/** Where the refcounts of a file go in which every cluster is used exactly once. */
export interface RefcountLayout {
  /** Clusters in the file, refcounts included. */
  readonly clusters: number;
  readonly firstBlock: number;
  readonly blocks: number;
  readonly table: number;
  readonly tableClusters: number;
}

/**
 * Lays out refcount blocks and table behind the first `used` clusters. They count themselves too, so the number is
 * raised until it holds.
 */
export function layoutRefcounts(used: number, clusterSize: number): RefcountLayout {
  const perBlock = clusterSize / 2;
  let blocks = 0;
  let tableClusters = 1;
  for (;;) {
    const clusters = used + blocks + tableClusters;
    const needed = divideUp(clusters, perBlock);
    const neededTable = divideUp(needed * 8, clusterSize);
    if (needed === blocks && neededTable === tableClusters) {
      return { clusters, firstBlock: used, blocks, table: used + blocks, tableClusters };
    }
    blocks = needed;
    tableClusters = neededTable;
  }
}

/**
 * The refcount blocks and then the table, as pieces with their file offsets. The same buffer is used again.
 * @param unused clusters within the file that nothing uses.
 */
export function* encodeRefcounts(
  layout: RefcountLayout,
  clusterSize: number,
  unused: ReadonlySet<number> = new Set(),
): Generator<{ offset: number; bytes: Buffer }> {
  const perBlock = clusterSize / 2;
  const block = Buffer.alloc(clusterSize, Buffer.from([0, 1]));
  for (let index = 0; index < layout.blocks; index++) {
    const counted = Math.min(perBlock, layout.clusters - index * perBlock);
    block.fill(0, counted * 2);
    const here = [...unused].filter((cluster) => Math.floor(cluster / perBlock) === index);
    for (const cluster of here) block.writeUInt16BE(0, (cluster % perBlock) * 2);
    yield { offset: (layout.firstBlock + index) * clusterSize, bytes: block };
    for (const cluster of here) block.writeUInt16BE(1, (cluster % perBlock) * 2);
  }
  const table = Buffer.alloc(layout.tableClusters * clusterSize);
  for (let index = 0; index < layout.blocks; index++) {
    writeUint64(table, index * 8, (layout.firstBlock + index) * clusterSize);
  }
  yield { offset: layout.table * clusterSize, bytes: table };
}
