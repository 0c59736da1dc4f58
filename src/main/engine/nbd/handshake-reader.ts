import { FailureError, type Failure } from '../../../shared/model/failure';
import type { ByteReceiver } from './byte-receiver';
import { nbdFailures, protocolError } from './failures';
import type { Ending } from './transport';

/** What a server may send without being asked before the connection is cut, in bytes. */
const MAX_UNASKED_BYTES = 65_536;

interface Waiting {
  readonly bytes: number;
  readonly closed: Failure;
  resolve(bytes: Buffer): void;
  reject(error: FailureError): void;
}

/** Reads exact numbers of bytes while a connection is being set up. */
export class HandshakeReader implements ByteReceiver {
  private readonly scratch = Buffer.allocUnsafeSlow(4096);
  private chunks: Buffer[] = [];
  private available = 0;
  private waiting: Waiting | undefined;
  private ending: Ending | undefined;

  nextBuffer(): Buffer {
    return this.scratch;
  }

  received(count: number, buffer: Buffer): void {
    this.consume(Buffer.from(buffer.subarray(0, count)));
  }

  consume(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.available += chunk.length;
    if (this.waiting && this.available >= this.waiting.bytes) this.serve(this.waiting);
    if (this.available > MAX_UNASKED_BYTES && !this.waiting)
      throw protocolError('data that nobody asked for');
  }

  ended(ending: Ending): void {
    this.ending = ending;
    this.waiting?.reject(new FailureError(ending.failure ?? this.waiting.closed));
  }

  /** Bytes received and not yet read. */
  get unread(): number {
    return this.available;
  }

  /**
   * The next `bytes` bytes.
   * @throws FailureError `closed` when the other side closes first, `nbd-timeout` when it takes longer than `timeoutMs`
   */
  async read(bytes: number, step: string, timeoutMs: number, closed: Failure): Promise<Buffer> {
    return new Promise<Buffer>((resolve, reject) => {
      const timer = setTimeout(
        () => this.waiting?.reject(new FailureError(nbdFailures.timeout(step, timeoutMs))),
        timeoutMs,
      );
      const done = (): void => {
        clearTimeout(timer);
        this.waiting = undefined;
      };
      this.waiting = {
        bytes,
        closed,
        resolve: (value) => {
          done();
          resolve(value);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      };
      if (this.available >= bytes) this.serve(this.waiting);
      else if (this.ending) this.waiting.reject(new FailureError(this.ending.failure ?? closed));
    });
  }

  private serve(waiting: Waiting): void {
    const all = this.chunks.length === 1 ? this.chunks[0] : Buffer.concat(this.chunks);
    this.chunks = all.length > waiting.bytes ? [all.subarray(waiting.bytes)] : [];
    this.available = all.length - waiting.bytes;
    waiting.resolve(all.subarray(0, waiting.bytes));
  }
}
