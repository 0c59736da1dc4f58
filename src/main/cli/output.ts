import type { Writable } from 'node:stream';

/** Codes of a write whose reader is gone, as that of `deltascope … | head -1`. */
const READER_GONE: ReadonlySet<string | undefined> = new Set(['EPIPE', 'EOF']);

/** stdout or stderr. Once it takes nothing more, what follows is dropped: whoever owns it was told why. */
export class Output {
  #isBroken = false;

  /** @param onBroken is called once, when the first write failed. */
  constructor(
    private readonly stream: Writable,
    onBroken: (failure: 'reader-gone' | Error) => void,
  ) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#isBroken) return;
      this.#isBroken = true;
      onBroken(READER_GONE.has(error.code) ? 'reader-gone' : error);
    });
  }

  write(text: string): void {
    if (!this.#isBroken) this.stream.write(text);
  }

  /** Resolves when everything so far was handed to the system, or cannot be: a process that is killed loses the rest. */
  drained(): Promise<void> {
    if (this.#isBroken) return Promise.resolve();
    return new Promise((resolve) => this.stream.write('', () => resolve()));
  }
}
