import { fail } from '../../../../shared/model/failure';
import { isZero } from '../../block-io/zeros';

/** Reads a stream of chunks in exact pieces, forward only. Holds one chunk at a time. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** Bytes taken so far. */
  position = 0;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** Fills `memory[start, start + length)`. @throws FailureError `stream-truncated` */
  async fill(memory: Buffer, start: number, length: number): Promise<void> {
    let done = 0;
    while (done < length) {
      const part = await this.#some(length - done);
      memory.set(part, start + done);
      done += part.length;
    }
  }

  async take(length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(length);
    await this.fill(bytes, 0, length);
    return bytes;
  }

  /** Passes over everything up to `position`, which must not lie behind. */
  async skipTo(position: number): Promise<void> {
    while (this.position < position) await this.#some(position - this.position);
  }

  /** Reads to the end, so that the sender finishes normally. */
  async drain(): Promise<void> {
    while (await this.#load());
  }

  /** The same; false as soon as there is anything but zeros. */
  async drainZeros(): Promise<boolean> {
    do {
      const { buffer, byteOffset, length } = this.#chunk;
      if (!isZero(Buffer.from(buffer, byteOffset, length), this.#at, length - this.#at)) return false;
    } while (await this.#load());
    return true;
  }

  async #some(most: number): Promise<Uint8Array> {
    if (this.#at === this.#chunk.length && !(await this.#load())) truncated(this.position);
    const part = this.#chunk.subarray(this.#at, this.#at + most);
    this.#at += part.length;
    this.position += part.length;
    return part;
  }

  async #load(): Promise<boolean> {
    for (;;) {
      const next = await this.#chunks.next();
      if (next.done) return false;
      if (next.value.length === 0) continue;
      this.#chunk = next.value;
      this.#at = 0;
      return true;
    }
  }
}

function truncated(position: number): never {
  return fail({
    code: 'stream-truncated',
    message: `The host ended the transfer after ${position} bytes, before the disk was complete.`,
    nextStep: 'Try again; if it stays, look at the pool’s tasks and at xensource.log on the host.',
  });
}
