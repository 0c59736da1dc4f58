/**
 * A reusable block of memory that a source fills and a sink empties. The payload starts at {@link HEADROOM} so that
 * a VHD sector bitmap fits in front of it, and {@link TAILROOM} bytes behind it may be overwritten by a source
 * (an NBD connection lets the kernel write the next reply's header there).
 */
export class BlockBuffer {
  /** Bytes in front of the payload. */
  static readonly HEADROOM = 512;
  /** Bytes behind the payload that a source may overwrite. */
  static readonly TAILROOM = 64;

  readonly memory: Buffer;
  /** Most payload bytes it can hold. */
  readonly capacity: number;
  /** Disk offset of the payload, in bytes; set by whoever fills the buffer. */
  offset = 0;
  /** Payload length in bytes. */
  length = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.memory = Buffer.allocUnsafeSlow(BlockBuffer.HEADROOM + capacity + BlockBuffer.TAILROOM);
  }

  /** The payload, without copying. */
  data(): Buffer {
    return this.memory.subarray(BlockBuffer.HEADROOM, BlockBuffer.HEADROOM + this.length);
  }
}
