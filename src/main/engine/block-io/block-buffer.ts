import { BlockMemory } from './block-memory';

/**
 * A reusable block of memory that a source fills and a sink empties. The payload starts at {@link HEADROOM} so that
 * a VHD sector bitmap fits in front of it, and {@link TAILROOM} bytes behind it may be overwritten by a source
 * (an NBD connection lets the kernel write the next reply's header there).
 *
 * Memory is taken when it is first touched. Buffers that share a {@link BlockMemory} and release it when they are
 * emptied wait for their data without holding any, so many requests may be under way with little memory.
 */
export class BlockBuffer {
  /** Bytes in front of the payload. */
  static readonly HEADROOM = 512;
  /** Bytes behind the payload that a source may overwrite. */
  static readonly TAILROOM = 64;

  /** Most payload bytes it can hold. */
  readonly capacity: number;
  /** Disk offset of the payload, in bytes; set by whoever fills the buffer. */
  offset = 0;
  /** Payload length in bytes. */
  length = 0;
  private readonly shared: BlockMemory;
  private held: Buffer | undefined;

  /** @param shared made by {@link memoryFor} with the same capacity or more; its own when absent. */
  constructor(capacity: number, shared = BlockBuffer.memoryFor(capacity)) {
    this.capacity = capacity;
    this.shared = shared;
  }

  /** Memory for any number of buffers of this capacity. */
  static memoryFor(capacity: number, allocate?: (bytes: number) => Buffer): BlockMemory {
    return new BlockMemory(BlockBuffer.HEADROOM + capacity + BlockBuffer.TAILROOM, allocate);
  }

  get memory(): Buffer {
    return (this.held ??= this.shared.take());
  }

  /** Gives the memory back. The payload is gone, and nobody may use memory that was got before. */
  release(): void {
    if (this.held) this.shared.give(this.held);
    this.held = undefined;
    this.length = 0;
  }

  /** The payload, without copying. */
  data(): Buffer {
    return this.memory.subarray(BlockBuffer.HEADROOM, BlockBuffer.HEADROOM + this.length);
  }
}
