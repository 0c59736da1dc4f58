import { FailureError, type Failure } from '../../../../shared/model/failure';

/** The worker's end of a stream that the main thread receives: chunks come by message, each is acknowledged. */
export class ChunkChannel implements AsyncIterable<Uint8Array> {
  readonly #waiting: Uint8Array[] = [];
  #ended: Failure | true | undefined;
  #wake: (() => void) | undefined;

  /** @param taken called when a chunk has been used up, with its length. */
  constructor(private readonly taken: (bytes: number) => void) {}

  push(chunk: Uint8Array): void {
    this.#waiting.push(chunk);
    this.#wake?.();
  }

  /** No more chunks; with a failure, reading fails with it. */
  end(failure?: Failure): void {
    this.#ended ??= failure ?? true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#waiting.shift();
      if (chunk) {
        yield chunk;
        this.taken(chunk.length);
      } else if (this.#ended === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else if (this.#ended === true) return;
      else throw new FailureError(this.#ended);
    }
  }
}
