import { BlockBuffer } from '../../block-io/block-buffer';
import type { BlockSink, BlockSource } from '../../block-io/types';

/** A disk in memory for unit tests. Records which ranges were read. */
export class MemorySource implements BlockSource {
  readonly reads: { offset: number; length: number }[] = [];
  inFlight = 0;
  mostInFlight = 0;

  constructor(readonly bytes: Buffer) {}

  get sizeBytes(): number {
    return this.bytes.length;
  }

  async read(into: BlockBuffer, offset: number, length: number): Promise<void> {
    if (length > into.capacity || offset + length > this.sizeBytes) throw new RangeError('read off the disk');
    this.reads.push({ offset, length });
    this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight);
    await new Promise((resolve) => setImmediate(resolve));
    this.inFlight--;
    this.bytes.copy(into.memory, BlockBuffer.HEADROOM, offset, offset + length);
    into.offset = offset;
    into.length = length;
  }

  async close(): Promise<void> {}
}

/** An image in memory for unit tests; knows what was stored as data, what as zero, and refuses to be told twice. */
export class MemorySink implements BlockSink {
  readonly calls: { kind: 'data' | 'zero'; offset: number; length: number }[] = [];
  bytesStored = 0;
  syncs = 0;

  constructor(readonly bytes: Buffer) {}

  write(offset: number, memory: Buffer, start: number, length: number): Promise<void> {
    this.#note('data', offset, length);
    this.bytesStored += length;
    return new Promise((resolve) =>
      setImmediate(() => {
        memory.copy(this.bytes, offset, start, start + length);
        resolve();
      }),
    );
  }

  zero(offset: number, length: number): undefined {
    this.#note('zero', offset, length);
    this.bytes.fill(0, offset, offset + length);
  }

  async sync(): Promise<void> {
    this.syncs++;
    await Promise.resolve();
  }

  finish(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
  async abort(): Promise<void> {}

  #note(kind: 'data' | 'zero', offset: number, length: number): void {
    const twoMiB = 2 * 1024 * 1024;
    if (Math.floor(offset / twoMiB) !== Math.floor((offset + length - 1) / twoMiB))
      throw new RangeError('a write crosses a 2 MiB boundary');
    if (this.calls.some((call) => offset < call.offset + call.length && call.offset < offset + length))
      throw new RangeError('a range arrived twice');
    this.calls.push({ kind, offset, length });
  }
}
