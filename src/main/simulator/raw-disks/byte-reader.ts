import type { Readable } from 'node:stream';
import { XapiError } from '../rpc/xapi-error';

/** Reads exact amounts from a stream, in order. */
export class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);
  /** Bytes taken so far. */
  position = 0;

  constructor(stream: Readable) {
    this.#source = stream.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  }

  /** Exactly `length` bytes. @throws XapiError VDI_IO_ERROR when the stream ends early */
  async read(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let missing = length; missing > 0;) {
      if (this.#rest.length === 0) {
        this.#rest = await this.#next();
      }
      const part = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(part.length);
      missing -= part.length;
      parts.push(part);
    }
    this.position += length;
    return parts.length === 1 ? parts[0] : Buffer.concat(parts, length);
  }

  async #next(): Promise<Buffer> {
    let next: IteratorResult<Buffer>;
    try {
      next = await this.#source.next();
    } catch (error) {
      throw new XapiError('VDI_IO_ERROR', `Device I/O errors: ${(error as Error).message}`);
    }
    if (next.done) throw new XapiError('VDI_IO_ERROR', 'Device I/O errors');
    return next.value;
  }

  async skip(length: number): Promise<void> {
    for (let missing = length; missing > 0;) {
      const part = Math.min(missing, 1024 * 1024);
      await this.read(part);
      missing -= part;
    }
  }
}
