import { setMaxListeners } from 'node:events';
import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';

/** Time that went by unused counts for so long, so that a late timer or a slow answer costs no rate. */
const CREDIT_MS = 100;
/** Into so many requests a second a rate is cut at least, so that it is even within a second, too. */
const REQUESTS_PER_SECOND = 8;

/** A timer that is set for longer goes off at once. Source: Node.js documentation, setTimeout. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Holds reads back: while paused, and to keep to a rate. One per running copy; everything may be changed while it
 * runs. Bytes are waited for before they are read: from the first request on, no more of them have been asked for than
 * the time since then is worth, but for {@link CREDIT_MS} after a time in which nothing was.
 */
export class Pace {
  #bytesPerSecond: number | undefined;
  /** Time in ms (monotonic) that is used up by the requests so far; undefined before the first. */
  #used: number | undefined;
  #paused: Promise<void> | undefined;
  #unpause: (() => void) | undefined;
  readonly #sleepers = new Set<() => void>();

  constructor(bytesPerSecond?: number) {
    this.limit(bytesPerSecond);
  }

  limit(bytesPerSecond: number | undefined): void {
    if (bytesPerSecond === this.#bytesPerSecond) return;
    this.#bytesPerSecond = bytesPerSecond;
    this.#used = undefined;
    this.#wakeAll();
  }

  /** A power of two from 64 KiB to `most`: how many bytes a request should have, so that the rate is even. */
  requestBytes(most: number): number {
    if (this.#bytesPerSecond === undefined) return most;
    let bytes = most;
    while (bytes > CBT_BLOCK_SIZE && bytes * REQUESTS_PER_SECOND > this.#bytesPerSecond) bytes /= 2;
    return bytes;
  }

  pause(): void {
    this.#paused ??= new Promise((resolve) => {
      this.#unpause = resolve;
    });
    this.#wakeAll();
  }

  resume(): void {
    this.#unpause?.();
    this.#paused = undefined;
    this.#used = undefined;
  }

  /** Resolves when a request of `bytes` may start; at once, without a promise, when nothing holds it back. */
  pass(bytes: number, signal: AbortSignal): Promise<void> | undefined {
    if (!this.#paused && this.#bytesPerSecond === undefined) return undefined;
    return this.#wait(bytes, signal);
  }

  async #wait(bytes: number, signal: AbortSignal): Promise<void> {
    // Every request in flight listens.
    setMaxListeners(0, signal);
    let passes = false;
    while (!passes && !signal.aborted) {
      if (this.#paused) {
        await orAborted(this.#paused, signal);
        continue;
      }
      if (this.#bytesPerSecond === undefined) return;
      const now = performance.now();
      const start = Math.max(this.#used ?? now, now - CREDIT_MS) + (1000 * bytes) / this.#bytesPerSecond;
      this.#used = start;
      passes = start <= now || (await this.#sleep(start - now, signal));
    }
  }

  /** False when it was woken early: the rules are others now, and the request queues again. */
  #sleep(ms: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (slept: boolean): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.#sleepers.delete(wake);
        resolve(slept);
      };
      const wake = (): void => end(false);
      let timer: NodeJS.Timeout;
      const wait = (left: number): void => {
        const next = left - LONGEST_TIMER_MS;
        timer = setTimeout(() => (next > 0 ? wait(next) : end(true)), Math.min(left, LONGEST_TIMER_MS));
      };
      wait(ms);
      signal.addEventListener('abort', wake, { once: true });
      this.#sleepers.add(wake);
    });
  }

  #wakeAll(): void {
    for (const wake of [...this.#sleepers]) wake();
  }
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
