import { BlockBuffer } from '../block-io/block-buffer';
import type { BlockSource } from '../block-io/types';
import type { Extent } from '../../../shared/blocks/extent';
import { FailureError, type Failure } from '../../../shared/model/failure';
import { attempt, type Result } from '../../../shared/model/result';
import { allocationExtents, ExtentJoiner, type AllocationExtent } from './allocation';
import { nbdFailures } from './failures';
import type { ExportInfo } from './handshake';
import type { ConnectionPool } from './pool';
import type { ReadPlace } from './request';
import type { NbdStats } from './settings';

/** Block status is asked for in ranges of this many bytes: the most that fits, and a multiple of every block size. */
const STATUS_BYTES = 0xffff_0000;

/** A disk read over NBD by a pool of connections. */
export class NbdSource implements BlockSource {
  readonly sizeBytes: number;
  readonly info: ExportInfo;
  /** What did not go as asked for, though reading works: fewer connections, for instance. */
  readonly warnings: readonly Failure[];
  private readonly pool: ConnectionPool;
  private readonly alignment: number;

  constructor(pool: ConnectionPool, info: ExportInfo, alignment: number, warnings: readonly Failure[]) {
    this.pool = pool;
    this.info = info;
    this.sizeBytes = info.sizeBytes;
    this.alignment = Math.max(alignment, info.minimumBlockSize);
    this.warnings = warnings;
  }

  /** @throws FailureError `nbd-read-error`, `nbd-closed-mid-read`, … after the attempts are used up */
  async read(into: BlockBuffer, offset: number, length: number): Promise<void> {
    this.checkRange(offset, length);
    if (length > into.capacity) throw new RangeError(`${length} bytes do not fit into ${into.capacity}`);
    if (length > 0) {
      if (this.isAligned(offset, length)) await this.readParts(into, offset, length);
      else await this.readWidened(into, offset, length);
    }
    into.offset = offset;
    into.length = length;
  }

  /** Whether {@link allocation} works. */
  get knowsAllocation(): boolean {
    return this.info.allocationContext !== undefined;
  }

  /** What is data, zero or hole in `range` (default: the whole disk), in order and without gaps. @throws FailureError */
  async *allocation(range: Extent = { offset: 0, length: this.sizeBytes }): AsyncGenerator<AllocationExtent> {
    this.checkRange(range.offset, range.length);
    const end = range.offset + range.length;
    const joiner = new ExtentJoiner();
    let offset = range.offset;
    while (offset < end) {
      const start = Math.floor(offset / this.alignment) * this.alignment;
      const length = Math.min(this.alignUp(Math.min(end, start + STATUS_BYTES)), this.sizeBytes) - start;
      const descriptors = await this.pool.retrying({ offset: start, length }, (connection) =>
        connection.blockStatus(start, length),
      );
      for (const extent of allocationExtents(descriptors, start, end)) {
        const after = extent.offset + extent.length;
        if (after <= offset) continue;
        const finished = joiner.add({ ...extent, offset, length: after - offset });
        if (finished) yield finished;
        offset = after;
      }
    }
    const last = joiner.flush();
    if (last) yield last;
  }

  get stats(): NbdStats {
    return this.pool.stats;
  }

  /** Opens one more connection, at a fresh address where those expire. */
  addConnection(): Promise<Result<void>> {
    return attempt(async () => {
      await this.pool.add(true);
    });
  }

  /** Closes the least busy connection once it is idle; false when only one is left. */
  removeConnection(): Promise<boolean> {
    return this.pool.remove();
  }

  /** Says goodbye on every connection. Reads in flight are rejected with `nbd-closed`. */
  close(): Promise<void> {
    return this.pool.close();
  }

  private readParts(into: BlockBuffer, offset: number, length: number): Promise<void> {
    const { maximumBlockSize } = this.info;
    const most = Math.max(this.alignment, maximumBlockSize - (maximumBlockSize % this.alignment));
    if (length <= most) return this.readPart(new Part(into, 0, BlockBuffer.TAILROOM), offset, length);
    const parts: Promise<void>[] = [];
    for (let at = 0; at < length; at += most) {
      const partLength = Math.min(most, length - at);
      const isLast = at + partLength === length;
      const part = new Part(into, at, isLast ? BlockBuffer.TAILROOM : 0);
      parts.push(this.readPart(part, offset + at, partLength));
    }
    return allOver(parts);
  }

  private readPart(place: ReadPlace, offset: number, length: number): Promise<void> {
    return this.pool.retrying({ offset, length }, (connection) => connection.read(place, offset, length));
  }

  private async readWidened(into: BlockBuffer, offset: number, length: number): Promise<void> {
    const start = Math.floor(offset / this.alignment) * this.alignment;
    const end = Math.min(this.alignUp(offset + length), this.sizeBytes);
    const wide = new BlockBuffer(end - start);
    await this.readParts(wide, start, end - start);
    wide.memory.copy(
      into.memory,
      BlockBuffer.HEADROOM,
      BlockBuffer.HEADROOM + offset - start,
      BlockBuffer.HEADROOM + offset - start + length,
    );
  }

  /** The disk's end counts as aligned: there is nothing behind it to widen to. */
  private isAligned(offset: number, length: number): boolean {
    const end = offset + length;
    return offset % this.alignment === 0 && (end % this.alignment === 0 || end === this.sizeBytes);
  }

  private alignUp(offset: number): number {
    return Math.ceil(offset / this.alignment) * this.alignment;
  }

  private checkRange(offset: number, length: number): void {
    const isRange =
      Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
    if (!isRange || offset + length > this.sizeBytes)
      throw new FailureError(nbdFailures.badRange(offset, length, this.sizeBytes));
  }
}

/** A part of a buffer's payload. The buffer takes its memory when this is first asked for it. */
class Part implements ReadPlace {
  readonly start: number;
  readonly tailroom: number;
  private readonly into: BlockBuffer;

  constructor(into: BlockBuffer, at: number, tailroom: number) {
    this.into = into;
    this.start = BlockBuffer.HEADROOM + at;
    this.tailroom = tailroom;
  }

  get memory(): Buffer {
    return this.into.memory;
  }
}

/** All must be over before the caller may use the buffer again; then the first failure counts. */
async function allOver(parts: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(parts);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}
