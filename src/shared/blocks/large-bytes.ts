/** Not yet in the library that the code is checked against; part of every runtime it runs on (V8 11 and later). */
interface Resizable {
  readonly resizable: boolean;
  resize(length: number): void;
}
const ResizableBuffer = ArrayBuffer as unknown as new (
  length: number,
  options: { maxByteLength: number },
) => ArrayBuffer & Resizable;

/**
 * Zeros whose memory can be given back at once: what the garbage collector finds is gone much later, or never while
 * little else happens. For bitmaps of large disks, which come and go.
 */
export const largeBytes = (length: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array(new ResizableBuffer(length, { maxByteLength: length }), 0, length);

/** Gives memory of {@link largeBytes} or {@link GrowingBytes} back. Whatever looked at it finds nothing there. */
export function giveBack({ buffer }: Uint8Array): void {
  if ((buffer as ArrayBufferLike & Partial<Resizable>).resizable === true)
    (buffer as ArrayBufferLike & Resizable).resize(0);
}

/** Address space, not memory. */
const MOST_BYTES = 512 * 1024 * 1024;
const STEP_BYTES = 1024 * 1024;

/** Bytes that come piece by piece, in one place that grows. @throws RangeError beyond 512 MiB. */
export class GrowingBytes {
  readonly #buffer = new ResizableBuffer(0, { maxByteLength: MOST_BYTES });
  #length = 0;

  add(bytes: Uint8Array): void {
    const end = this.#length + bytes.length;
    if (end > this.#buffer.byteLength) this.#buffer.resize(Math.ceil(end / STEP_BYTES) * STEP_BYTES);
    new Uint8Array(this.#buffer, this.#length, bytes.length).set(bytes);
    this.#length = end;
  }

  /** A view of what came so far. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#buffer, 0, this.#length);
  }
}
