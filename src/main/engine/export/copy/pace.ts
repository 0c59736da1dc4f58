import { setMaxListeners } from 'node:events';

/** A timer that is set for longer goes off at once. Source: Node.js documentation, setTimeout. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

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
  readonly #sleepers = new Set<() => void>();

  constructor(bytesPerSecond?: number) {
    this.limit(bytesPerSecond);
  }

  limit(bytesPerSecond: number | undefined): void {
    this.#bytesPerSecond = bytesPerSecond;
    this.#due = performance.now();
    this.#wakeAll();
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
    this.#due = performance.now();
  }

  /** Resolves when a request of `bytes` may start; at once, without a promise, when nothing holds it back. */
  pass(bytes: number, signal: AbortSignal): Promise<void> | undefined {
    if (!this.#paused && this.#bytesPerSecond === undefined) return undefined;
    return this.#wait(bytes, signal);
  }

  async #wait(bytes: number, signal: AbortSignal): Promise<void> {
    // Every request in flight listens.
    setMaxListeners(0, signal);
    let started = false;
    while (!started && !signal.aborted) {
      if (this.#paused) {
        await orAborted(this.#paused, signal);
        continue;
      }
      if (this.#bytesPerSecond === undefined) return;
      const now = performance.now();
      const start = Math.max(this.#due, now);
      this.#due = start + (1000 * bytes) / this.#bytesPerSecond;
      started = start <= now || (await this.#sleep(start - now, signal));
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
