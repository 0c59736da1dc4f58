/**
 * Holds reads back: while paused, and to keep to a rate. One per running copy; everything may be changed while it
 * runs. Bytes are debited before they are read, so a burst is never longer than the requests in flight.
 */
export class Pace {
  #bytesPerSecond: number | undefined;
  /** Time in ms (monotonic) at which the next request may start. */
  #due = 0;
  #paused: Promise<void> | undefined;
  #unpause: (() => void) | undefined;

  constructor(bytesPerSecond?: number) {
    this.limit(bytesPerSecond);
  }

  limit(bytesPerSecond: number | undefined): void {
    this.#bytesPerSecond = bytesPerSecond;
    this.#due = performance.now();
  }

  pause(): void {
    this.#paused ??= new Promise((resolve) => {
      this.#unpause = resolve;
    });
  }

  resume(): void {
    this.#unpause?.();
    this.#paused = undefined;
    this.#due = performance.now();
  }

  /** Resolves when a request of `bytes` may start; at once, without a promise, when nothing holds it back. */
  pass(bytes: number, signal: AbortSignal): Promise<void> | undefined {
    if (!this.#paused && this.#bytesPerSecond === undefined) return undefined;
    return this.#wait(bytes, signal);
  }

  async #wait(bytes: number, signal: AbortSignal): Promise<void> {
    while (this.#paused && !signal.aborted) await orAborted(this.#paused, signal);
    if (this.#bytesPerSecond === undefined || signal.aborted) return;
    const now = performance.now();
    const start = Math.max(this.#due, now);
    this.#due = start + (1000 * bytes) / this.#bytesPerSecond;
    if (start > now) await sleep(start - now, signal);
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}

function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      signal.removeEventListener('abort', done);
      resolve();
    };
    signal.addEventListener('abort', done, { once: true });
    void work.then(done);
  });
}
