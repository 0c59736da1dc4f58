import { BlockBuffer } from '../block-io/block-buffer';
import type { BlockSource } from '../block-io/types';

export interface DiskRange {
  /** Bytes from the start of the disk. */
  readonly offset: number;
  readonly length: number;
}

const ALIGNMENT = 4096;
const PIECE = 1024 * 1024;

/** A disk, a partition or a volume, which may be scattered over the disk, as one run of bytes. */
export class DiskWindow {
  readonly sizeBytes: number;

  private constructor(
    private readonly source: BlockSource,
    private readonly buffer: BlockBuffer,
    readonly ranges: readonly DiskRange[],
  ) {
    this.sizeBytes = ranges.reduce((sum, { length }) => sum + length, 0);
  }

  static ofDisk(source: BlockSource): DiskWindow {
    return new DiskWindow(source, new BlockBuffer(PIECE), [{ offset: 0, length: source.sizeBytes }]);
  }

  /** The same disk seen through other ranges, each of which must lie on it. */
  of(...ranges: DiskRange[]): DiskWindow {
    return new DiskWindow(this.source, this.buffer, ranges);
  }

  /** Where a part of the window lies on the disk; what is beyond the window's end is left out. */
  locate(offset: number, length: number): DiskRange[] {
    const found: DiskRange[] = [];
    let start = 0;
    for (const range of this.ranges) {
      const from = Math.max(offset, start);
      const to = Math.min(offset + length, start + range.length);
      if (from < to) found.push({ offset: range.offset + from - start, length: to - from });
      start += range.length;
    }
    return found;
  }

  /** Exactly `length` bytes; zeros stand for what is beyond the window's end. */
  async read(offset: number, length: number): Promise<Buffer> {
    const result = Buffer.alloc(length);
    let done = 0;
    for (const range of this.locate(offset, length)) {
      await this.readDisk(result, done, range);
      done += range.length;
    }
    return result;
  }

  /** Reads whole 4 KiB blocks, as some servers demand, and one piece after the other. */
  private async readDisk(into: Buffer, at: number, { offset, length }: DiskRange): Promise<void> {
    const end = offset + length;
    for (let from = offset; from < end;) {
      const start = from - (from % ALIGNMENT);
      const stop = Math.min(
        this.source.sizeBytes,
        start + PIECE,
        end + ((ALIGNMENT - (end % ALIGNMENT)) % ALIGNMENT),
      );
      await this.source.read(this.buffer, start, stop - start);
      const to = Math.min(end, stop);
      this.buffer.data().copy(into, at + from - offset, from - start, to - start);
      from = to;
    }
  }
}
