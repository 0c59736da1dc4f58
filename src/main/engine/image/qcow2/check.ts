import type { ImageFault } from '../types';
import { type RefcountTable, readRefcountTable } from './check-refcounts';
import { FaultList } from './fault-list';
import { compressedRange, divideUp, entryIsCompressed, entryIsZero, entryOffset } from './format';
import type { InputFile } from './input-file';
import type { Qcow2Header } from './parse-header';
import { UseCounts } from './use-counts';

/** Clusters counted in one pass: 64 MiB of memory, 2 TiB of file at 64 KiB clusters. */
const WINDOW_CLUSTERS = 2 ** 25;
const MOST_WINDOWS = 64;

/**
 * Walks all tables and compares what they use with the refcounts. Nothing may lie beyond the file's end, and no two
 * users may share a cluster (compressed clusters may). Internal snapshots and bitmaps are not walked: with them a
 * refcount may be higher than the use found here.
 */
export async function checkImage(file: InputFile, header: Qcow2Header): Promise<ImageFault[]> {
  const list = new FaultList();
  if (header.corrupt) list.add(72, 'The image is marked as corrupt.');
  if (header.dirty) list.add(72, 'The image was not closed properly; its refcounts may be wrong.');

  const clusters = divideUp(file.sizeBytes, header.geometry.clusterSize);
  if (clusters > WINDOW_CLUSTERS * MOST_WINDOWS) {
    list.add(0, `The file is too large (${file.sizeBytes} bytes) to be checked.`);
    return list.faults;
  }
  const l1 = await file.bytes(header.l1Offset, header.l1EntriesStored * 8, 'the L1 table');
  const refcounts = await readRefcountTable(file, header, list);
  for (let first = 0; first < clusters; first += WINDOW_CLUSTERS) {
    const uses = new UseCounts(first, Math.min(WINDOW_CLUSTERS, clusters - first));
    // Faults of single entries are the same in every pass.
    const walk = new UseWalk(file, header, uses, list, first === 0);
    await walk.run(l1, refcounts);
    if (!header.dirty) await refcounts.compare(uses, list);
  }
  return list.faults;
}

/** One pass over everything that uses clusters. */
class UseWalk {
  constructor(
    private readonly file: InputFile,
    private readonly header: Qcow2Header,
    private readonly uses: UseCounts,
    private readonly list: FaultList,
    private readonly reportsEntries: boolean,
  ) {}

  async run(l1: Buffer, refcounts: RefcountTable): Promise<void> {
    const { header } = this;
    const { clusterSize } = header.geometry;
    this.use(0, 1, 0, 'the header');
    this.use(header.l1Offset, l1.length, 40, 'the L1 table');
    this.use(
      header.refcountTableOffset,
      header.refcountTableClusters * clusterSize,
      48,
      'the refcount table',
    );
    for (const { entryAt, offset } of refcounts.blocks())
      this.use(offset, clusterSize, entryAt, 'a refcount block');
    for (let index = 0; index < header.l1EntriesStored; index++) {
      const offset = entryOffset(l1, index);
      if (offset === 0) continue;
      if (!this.isCluster(offset, header.l1Offset + index * 8, 'an L2 table')) continue;
      this.use(offset, clusterSize, header.l1Offset + index * 8, 'an L2 table');
      this.useEntries(offset, await this.file.bytes(offset, clusterSize, 'an L2 table'));
    }
  }

  private useEntries(tableOffset: number, table: Buffer): void {
    const { clusterBits, clusterSize, l2Entries } = this.header.geometry;
    for (let index = 0; index < l2Entries; index++) {
      const entryAt = tableOffset + index * 8;
      if (entryIsCompressed(table, index)) {
        const { offset, length } = compressedRange(table, index, clusterBits);
        if (offset >= this.file.sizeBytes)
          this.fault(entryAt, `A compressed cluster at ${offset} lies beyond the end of the file.`);
        else
          this.use(
            offset,
            Math.min(length, this.file.sizeBytes - offset),
            entryAt,
            'a compressed cluster',
            false,
          );
        continue;
      }
      if (entryIsZero(table, index) && this.header.version === 2) {
        this.fault(entryAt, 'A zero cluster in an image of version 2.');
      }
      const offset = entryOffset(table, index);
      if (offset !== 0 && this.isCluster(offset, entryAt, 'a data cluster')) {
        this.use(offset, clusterSize, entryAt, 'a data cluster');
      }
    }
  }

  private isCluster(offset: number, entryAt: number, what: string): boolean {
    const { clusterSize } = this.header.geometry;
    if (offset % clusterSize !== 0)
      this.fault(entryAt, `The offset ${offset} of ${what} does not begin a cluster.`);
    else if (offset + clusterSize > this.file.sizeBytes)
      this.fault(entryAt, `The offset ${offset} of ${what} lies beyond the end of the file.`);
    else return true;
    return false;
  }

  private use(offset: number, length: number, entryAt: number, what: string, exclusive = true): void {
    if (length === 0) return;
    const { clusterSize } = this.header.geometry;
    const last = Math.floor((offset + length - 1) / clusterSize);
    for (let cluster = Math.floor(offset / clusterSize); cluster <= last; cluster++) {
      if (!this.uses.add(cluster, exclusive)) {
        this.list.add(
          entryAt,
          `The cluster at ${cluster * clusterSize} is used by ${what} and by something else.`,
        );
      }
    }
  }

  private fault(fileOffset: number, message: string): void {
    if (this.reportsEntries) this.list.add(fileOffset, message);
  }
}
