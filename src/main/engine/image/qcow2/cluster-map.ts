import { BoundedCache } from './bounded-cache';
import { imageCorrupt } from '../file-failures';
import { entryOffset } from './format';
import type { InputFile } from '../input-file';
import type { Qcow2Header } from './parse-header';
import { type Segment, segmentsOf } from './segments';

const CACHE_BYTES = 16 * 1024 * 1024;

/** The L1 table and, in bounded memory, the L2 tables of an open image. */
export class ClusterMap {
  private readonly tables: BoundedCache<Buffer>;

  private constructor(
    private readonly file: InputFile,
    private readonly header: Qcow2Header,
    private readonly l1: Buffer,
  ) {
    this.tables = new BoundedCache(Math.max(2, CACHE_BYTES / header.geometry.clusterSize));
  }

  /** @throws FailureError when the L1 table points outside the file, or to one place twice. */
  static async open(file: InputFile, header: Qcow2Header): Promise<ClusterMap> {
    const l1 = await file.readBuffer(header.l1Offset, header.l1Entries * 8);
    demandDistinct(file, header, l1);
    return new ClusterMap(file, header, l1);
  }

  /** File offset of L2 table `index`; 0 when there is none. */
  tableOffset(index: number): number {
    return entryOffset(this.l1, index);
  }

  /** The L2 table, or undefined when nothing of its range is allocated. */
  async table(index: number): Promise<Buffer | undefined> {
    const offset = this.tableOffset(index);
    if (offset === 0) return undefined;
    return this.tables.get(index, () => this.file.readBuffer(offset, this.header.geometry.clusterSize));
  }

  /** Where the disk range `[offset, offset + length)` comes from, in ascending order. */
  async *segments(offset: number, length: number): AsyncGenerator<Segment> {
    const { geometry } = this.header;
    const end = offset + length;
    for (let at = offset; at < end;) {
      const index = Math.floor(at / geometry.l2Span);
      const stop = Math.min(end, (index + 1) * geometry.l2Span);
      for (const segment of segmentsOf(await this.table(index), geometry, at, stop)) {
        this.demandSound(segment, index);
        yield segment;
      }
      at = stop;
    }
  }

  private demandSound(segment: Segment, tableIndex: number): void {
    const fault = this.faultOf(segment);
    if (fault) imageCorrupt(this.file.path, this.tableOffset(tableIndex), `the L2 table there ${fault}`);
  }

  private faultOf(segment: Segment): string | undefined {
    const { geometry, version } = this.header;
    if (segment.kind === 'zero' && version === 2) return 'has a zero cluster, which version 2 does not know';
    if (segment.kind !== 'data' && segment.kind !== 'compressed') return undefined;
    const { fileOffset } = segment;
    // The last sector of a compressed cluster may be cut at the end of the file.
    const end = segment.kind === 'data' ? fileOffset + segment.length : fileOffset + 1;
    if (end > this.file.sizeBytes) return `names a cluster at ${fileOffset}, beyond the end of the file`;
    if (segment.kind === 'data' && (fileOffset - segment.offset) % geometry.clusterSize !== 0) {
      return `names an offset of ${fileOffset}, which does not begin a cluster`;
    }
    return undefined;
  }
}

/** Two entries that share a table would also make a walk over a small file endless for practical purposes. */
function demandDistinct(file: InputFile, header: Qcow2Header, l1: Buffer): void {
  const offsets = new Float64Array(header.l1Entries);
  let count = 0;
  for (let index = 0; index < header.l1Entries; index++) {
    const offset = entryOffset(l1, index);
    if (offset === 0) continue;
    const entryAt = header.l1Offset + index * 8;
    if (offset % header.geometry.clusterSize !== 0) {
      imageCorrupt(file.path, entryAt, `the L2 table ${index} at ${offset} does not begin with a cluster`);
    }
    if (offset >= file.sizeBytes) {
      imageCorrupt(file.path, entryAt, `the L2 table ${index} at ${offset} lies beyond the end of the file`);
    }
    offsets[count++] = offset;
  }
  const sorted = offsets.subarray(0, count).sort();
  for (let index = 1; index < count; index++) {
    if (sorted[index] === sorted[index - 1]) {
      imageCorrupt(
        file.path,
        header.l1Offset,
        `two entries of the L1 table point to the L2 table at ${sorted[index]}`,
      );
    }
  }
}
