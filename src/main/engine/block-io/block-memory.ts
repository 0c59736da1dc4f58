/**
 * Memory that the buffers of one copy share. What was given back last is handed out first: it is still in the
 * processor's cache. There are never more pieces than buffers that hold one.
 */
export class BlockMemory {
  readonly bytes: number;
  private readonly free: Buffer[] = [];

  /** @param bytes size of each piece. */
  constructor(
    bytes: number,
    private readonly allocate = (size: number): Buffer => Buffer.allocUnsafeSlow(size),
  ) {
    this.bytes = bytes;
  }

  take(): Buffer {
    return this.free.pop() ?? this.allocate(this.bytes);
  }

  give(piece: Buffer): void {
    this.free.push(piece);
  }
}
