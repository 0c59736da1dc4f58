import { setTimeout as delay } from 'node:timers/promises';

/** The demo pool's time: it runs as the machine's does and can be put forward, to reach the 24 hours of a session. */
export class Clock {
  #ahead = 0;

  /** Milliseconds since 1970. */
  now(): number {
    return Date.now() + this.#ahead;
  }

  advance(milliseconds: number): void {
    this.#ahead += milliseconds;
  }
}

/** Waits in real time; ends early, without an error, when the signal says so. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  if (milliseconds <= 0 || signal?.aborted) return;
  try {
    await delay(milliseconds, undefined, { signal });
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}
