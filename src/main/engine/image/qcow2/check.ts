import type { ImageFault } from '../types';
import { type RefcountTable, readRefcountTable } from './check-refcounts';
import { FaultList } from './fault-list';
import {
  compressedRange,
  divideUp,
  entryHasReservedBits,
  entryIsCompressed,
  entryIsCopied,
  entryIsEmpty,
  entryIsZero,
  entryOffset,
} from './format';
import type { InputFile } from '../input-file';
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
  const l1 = await file.readBuffer(header.l1Offset, header.l1EntriesStored * 8);
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
    const walked = new Set<number>();
    for (let index = 0; index < header.l1EntriesStored; index++) {
      const offset = entryOffset(l1, index);
      const entryAt = header.l1Offset + index * 8;
      if (entryHasReservedBits(l1, index) || entryIsCompressed(l1, index) || entryIsZero(l1, index))
        this.reservedBits(entryAt);
      if (offset === 0 || !this.isCluster(offset, clusterSize, entryAt, 'an L2 table')) continue;
      this.demandCopied(l1, index, entryAt, 'an L2 table');
      this.use(offset, clusterSize, entryAt, 'an L2 table');
      if (walked.has(offset)) continue;
      walked.add(offset);
      this.useEntries(index, offset, await this.file.readBuffer(offset, clusterSize));
    }
  }

  private useEntries(tableIndex: number, tableOffset: number, table: Buffer): void {
    const { clusterSize, l2Entries, l2Span } = this.header.geometry;
    for (let index = 0; index < l2Entries; index++) {
      if (entryIsEmpty(table, index)) continue;
      const entryAt = tableOffset + index * 8;
      if (entryIsCompressed(table, index)) {
        this.useCompressed(table, index, entryAt);
        continue;
      }
      if (entryIsZero(table, index) && this.header.version === 2) {
        this.fault(entryAt, 'A zero cluster in an image of version 2.');
      }
      if (entryHasReservedBits(table, index)) this.reservedBits(entryAt);
      const offset = entryOffset(table, index);
      if (offset !== 0) this.demandCopied(table, index, entryAt, 'a data cluster');
      // The last cluster may be cut where the disk ends.
      const needed = Math.min(clusterSize, this.header.sizeBytes - tableIndex * l2Span - index * clusterSize);
      if (offset !== 0 && this.isCluster(offset, Math.max(1, needed), entryAt, 'a data cluster')) {
        this.use(offset, clusterSize, entryAt, 'a data cluster');
      }
    }
  }

  private useCompressed(table: Buffer, index: number, entryAt: number): void {
    if (entryIsCopied(table, index))
      this.fault(entryAt, 'A compressed cluster is marked as used by nothing else.');
    const { offset, length } = compressedRange(table, index, this.header.geometry.clusterBits);
    const left = this.file.sizeBytes - offset;
    if (left <= 0) this.fault(entryAt, `A compressed cluster at ${offset} lies beyond the end of the file.`);
    else this.use(offset, Math.min(length, left), entryAt, 'a compressed cluster', false);
  }

  private reservedBits(entryAt: number): void {
    this.fault(entryAt, 'Bits that have no meaning are set in the entry.');
  }

  /** Only with other users may a cluster have more users than the entry. */
  private demandCopied(table: Buffer, index: number, entryAt: number, what: string): void {
    if (this.header.hasOtherUsers || entryIsCopied(table, index)) return;
    this.fault(entryAt, `The entry of ${what} lacks the mark that nothing else uses it.`);
  }

  private isCluster(offset: number, needed: number, entryAt: number, what: string): boolean {
    if (offset % this.header.geometry.clusterSize !== 0) {
      this.fault(entryAt, `The offset ${offset} of ${what} does not begin a cluster.`);
      return false;
    }
    if (offset + needed > this.file.sizeBytes) {
      this.fault(entryAt, `The offset ${offset} of ${what} lies beyond the end of the file.`);
      return false;
    }
    return true;
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
