import { OutputFile } from '../output-file';
import type { CreateImageOptions, ResumedSink } from '../types';
import { unfinishedUnusable } from '../unfinished';
import { backingOf, encodeHeader, type Backing } from './encode-header';
import { divideUp, entryIsEmpty, entryIsOurs, entryIsZero, entryOffset, writeEntry } from './format';
import { UsedClusters } from './used-clusters';
import { GEOMETRY, l1BytesOf, l1EntriesOf, Qcow2Writer, type ResumedTables } from './writer';

/** 64 GiB of unused space is no accident of an interruption. */
const MOST_UNUSED = 1_000_000;
const { clusterBits, clusterSize, l2Entries, l2Span } = GEOMETRY;

/**
 * Goes on with an unfinished qcow2 image. Its header must be what was written for this disk and base; table entries that
 * this writer would not have made there are dropped, so that their blocks are written again.
 * @throws FailureError `unfinished-unusable`, also before the first sync, when the file has no header yet.
 */
export async function resumeQcow2(options: CreateImageOptions): Promise<ResumedSink> {
  const { path, sizeBytes, parent, finalPath, writes } = options;
  const backing = parent && backingOf(parent, finalPath);
  const file = await OutputFile.reopen(path, writes);
  try {
    demandSameHeader(file, sizeBytes, backing);
    const tables = readTables(file, sizeBytes);
    file.truncateNow(tables.nextCluster * clusterSize);
    return new Qcow2Writer(file, sizeBytes, backing, tables);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Where the header of a finished image may differ from that of an unfinished one: refcount table, dirty bit. */
const MAY_DIFFER = [
  [48, 60],
  [72, 80],
] as const;

function demandSameHeader(file: OutputFile, sizeBytes: number, backing: Backing | undefined): void {
  const wanted = encodeHeader({
    clusterBits,
    sizeBytes,
    l1Entries: l1EntriesOf(sizeBytes),
    l1Offset: clusterSize,
    refcountTableOffset: 0,
    refcountTableClusters: 0,
    dirty: true,
    backing,
  });
  if (file.sizeNow() < clusterSize + l1BytesOf(sizeBytes))
    unfinishedUnusable(file.path, 'it ends within its first table');
  const found = Buffer.alloc(wanted.length);
  file.readNow(found, 0, found.length, 0);
  for (const [from, to] of MAY_DIFFER) for (const header of [wanted, found]) header.fill(0, from, to);
  if (!found.equals(wanted)) unfinishedUnusable(file.path, 'its header was not written for this export');
}

function readTables(file: OutputFile, sizeBytes: number): ResumedTables {
  const l1 = Buffer.alloc(l1BytesOf(sizeBytes));
  file.readNow(l1, 0, l1.length, clusterSize);
  const entries = l1EntriesOf(sizeBytes);
  l1.fill(0, entries * 8);
  const used = new UsedClusters(1 + l1.length / clusterSize, Math.ceil(file.sizeNow() / clusterSize));
  for (let index = 0; index < entries; index++) {
    const offset = entryOffset(l1, index);
    const isOurs = entryIsOurs(l1, index) && !entryIsZero(l1, index);
    if (isOurs && used.take(offset / clusterSize)) {
      takeTable(file, offset, clustersOf(sizeBytes, index), used);
    } else writeEntry(l1, index, 0, false);
  }
  const unused = used.gaps(MOST_UNUSED) ?? unfinishedUnusable(file.path, 'most of its tables have been lost');
  return { l1, nextCluster: used.end, unused };
}

/** Clusters of the disk that L2 table `table` describes. */
const clustersOf = (sizeBytes: number, table: number): number =>
  Math.min(l2Entries, divideUp(sizeBytes - table * l2Span, clusterSize));

/** Takes the `clusters` of one table, which may be the last in the file and cut off. */
function takeTable(file: OutputFile, offset: number, clusters: number, used: UsedClusters): void {
  if (file.sizeNow() < offset + clusterSize) file.truncateNow(offset + clusterSize);
  const table = Buffer.alloc(clusterSize);
  file.readNow(table, 0, clusterSize, offset);
  let changed = false;
  for (let index = 0; index < l2Entries; index++) {
    if (entryIsEmpty(table, index)) continue;
    const cluster = entryOffset(table, index) / clusterSize;
    const canBe = index < clusters && entryIsOurs(table, index);
    if (canBe && (cluster === 0 || used.take(cluster))) continue;
    writeEntry(table, index, 0, false);
    changed = true;
  }
  if (changed) file.writeNow(table, 0, clusterSize, offset);
}
