import { fail } from '../../../../shared/model/failure';
import type { KnownFile } from '../../block-io/known-file';
import type { BlockSink } from '../../block-io/types';
import { requireDiskSize } from '../image-size';
import type { CreateImageOptions, Held, ResumedSink } from '../types';
import { backingOf, encodeHeader, type Backing } from './encode-header';
import { divideUp, entryIsZero, entryOffset, geometryOf, L1_BYTES_MAX, roundUp, writeEntry } from './format';
import { L2Writer } from './l2-writer';
import { OutputFile } from '../output-file';
import { encodeRefcounts, layoutRefcounts } from './refcounts';

/** 64 KiB, the size of a changed block: an increment never stores more than what changed. */
export const GEOMETRY = geometryOf(16);
const { clusterSize, clusterBits, l2Span } = GEOMETRY;

const ZEROS = Buffer.alloc(clusterSize);

/** Entries of the L1 table of a disk. */
export const l1EntriesOf = (sizeBytes: number): number => Math.max(1, divideUp(sizeBytes, l2Span));
/** Bytes that the L1 table takes in the file. */
export const l1BytesOf = (sizeBytes: number): number => roundUp(l1EntriesOf(sizeBytes) * 8, clusterSize);

/** The tables of an image that is written on. */
export interface ResumedTables {
  readonly l1: Buffer;
  readonly nextCluster: number;
  readonly unused: Set<number>;
}

/** 128 tables of 64 KiB: 8 MiB describe 64 GiB of the disk at a time. */
const TABLES_IN_MEMORY = 128;

/**
 * Writes a qcow2 version 3 image. Space is only ever appended, so each cluster is used exactly once and the refcounts
 * follow from the file's length at the end. Until `finish` the header carries the dirty bit.
 */
export class Qcow2Writer implements ResumedSink {
  bytesStored = 0;
  private readonly l1: Buffer;
  private readonly l2: L2Writer;
  private readonly l1Entries: number;
  private nextCluster: number;
  /** Clusters within the file that nothing uses, left by an interruption. */
  private readonly unused: Set<number>;

  constructor(
    private readonly file: OutputFile,
    private readonly sizeBytes: number,
    private readonly backing: Backing | undefined,
    resumed?: ResumedTables,
  ) {
    this.l1Entries = l1EntriesOf(sizeBytes);
    this.l1 = resumed?.l1 ?? Buffer.alloc(l1BytesOf(sizeBytes));
    this.nextCluster = resumed?.nextCluster ?? 1 + this.l1.length / clusterSize;
    this.unused = resumed?.unused ?? new Set();
    this.l2 = new L2Writer(file, GEOMETRY, this.l1, (clusters) => this.allocate(clusters), TABLES_IN_MEMORY);
  }

  write(offset: number, memory: Buffer, start: number, length: number): Promise<void> | undefined {
    this.demandRange(offset, length);
    const underWay: Promise<void>[] = [];
    for (const { from, to, fileOffset } of this.place(offset, offset + length)) {
      const pending = this.file.write(memory, start + from - offset, to - from, fileOffset);
      if (pending) underWay.push(pending);
    }
    this.bytesStored += length;
    if (underWay.length > 1) return Promise.all(underWay).then(() => undefined);
    return underWay[0];
  }

  zero(offset: number, length: number): undefined {
    this.demandRange(offset, length);
    if (!this.backing) return;
    const end = offset + length;
    for (let at = offset; at < end;) {
      const table = this.l2.change(Math.floor(at / l2Span));
      const stop = Math.min(end, (Math.floor(at / l2Span) + 1) * l2Span);
      for (; at < stop; at += clusterSize) {
        const index = (at % l2Span) / clusterSize;
        writeEntry(table, index, entryOffset(table, index), true);
      }
    }
  }

  holds(offset: number, length: number): Held {
    let held = 0;
    const end = offset + length;
    for (let at = offset; at < end; at += clusterSize) {
      const table = this.l2.look(Math.floor(at / l2Span));
      const index = Math.floor((at % l2Span) / clusterSize);
      if (table && (entryOffset(table, index) !== 0 || entryIsZero(table, index))) held++;
    }
    if (held === 0) return 'none';
    return held === divideUp(length, clusterSize) ? 'all' : 'some';
  }

  readBack(offset: number, memory: Buffer, start: number, length: number): void {
    const end = offset + length;
    for (let at = offset; at < end;) {
      const stop = Math.min(end, at - (at % clusterSize) + clusterSize);
      const table = this.l2.look(Math.floor(at / l2Span));
      const index = Math.floor((at % l2Span) / clusterSize);
      const cluster = table && !entryIsZero(table, index) ? entryOffset(table, index) : 0;
      const to = start + at - offset;
      if (cluster === 0) memory.fill(0, to, to + stop - at);
      else this.file.readNow(memory, to, stop - at, cluster + (at % clusterSize));
      at = stop;
    }
  }

  async sync(): Promise<void> {
    this.writeTables();
    this.writeHeader(undefined);
    await this.file.sync();
  }

  async finish(): Promise<KnownFile> {
    this.writeTables();
    const layout = layoutRefcounts(this.nextCluster, clusterSize);
    for (const { offset, bytes } of encodeRefcounts(layout, clusterSize, this.unused)) {
      this.file.writeNow(bytes, 0, bytes.length, offset);
    }
    await this.file.truncate(layout.clusters * clusterSize);
    this.writeHeader({ offset: layout.table * clusterSize, clusters: layout.tableClusters });
    return this.file.finish();
  }

  abort(): Promise<void> {
    return this.file.close();
  }

  /**
   * Where the disk range `[from, to)` goes in the file. Neighbouring clusters that also lie next to each other in the
   * file come as one piece.
   */
  private *place(from: number, to: number): Generator<{ from: number; to: number; fileOffset: number }> {
    let piece = { from, to: from, fileOffset: 0 };
    for (let at = from; at < to;) {
      const end = Math.min(to, at - (at % clusterSize) + clusterSize);
      const fileOffset = this.hostOf(at);
      if (at > from && fileOffset === piece.fileOffset + at - piece.from) {
        piece.to = end;
      } else {
        if (at > from) yield piece;
        piece = { from: at, to: end, fileOffset };
      }
      at = end;
    }
    yield piece;
  }

  /** Where the byte at disk offset `offset` goes in the file; takes a fresh cluster when it has none. */
  private hostOf(offset: number): number {
    const table = this.l2.change(Math.floor(offset / l2Span));
    const inCluster = offset % clusterSize;
    const index = ((offset - inCluster) % l2Span) / clusterSize;
    const cluster = entryOffset(table, index) || this.allocate(1);
    writeEntry(table, index, cluster, false);
    return cluster + inCluster;
  }

  private allocate(clusters: number): number {
    const [unused] = this.unused;
    if (unused !== undefined && clusters === 1) {
      this.unused.delete(unused);
      this.file.writeNow(ZEROS, 0, clusterSize, unused * clusterSize);
      return unused * clusterSize;
    }
    const offset = this.nextCluster * clusterSize;
    this.nextCluster += clusters;
    return offset;
  }

  private writeTables(): void {
    this.l2.flush();
    this.file.writeNow(this.l1, 0, this.l1.length, clusterSize);
  }

  private writeHeader(refcounts: { offset: number; clusters: number } | undefined): void {
    const header = encodeHeader({
      clusterBits,
      sizeBytes: this.sizeBytes,
      l1Entries: this.l1Entries,
      l1Offset: clusterSize,
      refcountTableOffset: refcounts?.offset ?? 0,
      refcountTableClusters: refcounts?.clusters ?? 0,
      dirty: !refcounts,
      backing: this.backing,
    });
    this.file.writeNow(header, 0, header.length, 0);
  }

  /** In an increment a partly stored cluster would hide the parent's data in its other part. */
  private demandRange(offset: number, length: number): void {
    const end = offset + length;
    if (offset < 0 || length <= 0 || end > this.sizeBytes) {
      throw new RangeError(`qcow2: ${offset}+${length} is not on a disk of ${this.sizeBytes} bytes`);
    }
    if (this.backing && (offset % clusterSize !== 0 || (end % clusterSize !== 0 && end !== this.sizeBytes))) {
      throw new RangeError(`qcow2: ${offset}+${length} covers a part of a 64 KiB block of an increment`);
    }
  }
}

/**
 * Starts a qcow2 image; an increment when `options.parent` is given. An increment takes whole 64 KiB blocks only (the
 * disk's last may be shorter).
 * @throws FailureError when the file exists or cannot be made, the size is not a multiple of 512, or too large.
 */
export async function createQcow2(options: CreateImageOptions): Promise<BlockSink> {
  const { sizeBytes, parent } = options;
  requireDiskSize(sizeBytes, 512, 'qcow2');
  if (sizeBytes / l2Span > L1_BYTES_MAX / 8) {
    fail({
      code: 'image-size-unsupported',
      message: `A qcow2 image with clusters of 64 KiB cannot hold a disk of ${sizeBytes} bytes; 2 PiB is the most.`,
      nextStep: 'Use raw for this disk.',
    });
  }
  const backing = parent && backingOf(parent, options.finalPath);
  return new Qcow2Writer(await OutputFile.create(options.path, options.writes), sizeBytes, backing);
}
