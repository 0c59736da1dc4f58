import { FailureError } from '../../../shared/model/failure';

/** Gives back what was taken; further calls do nothing. */
export type Release = () => void;

interface Waiting {
  readonly amount: number;
  readonly start: () => void;
}

/**
 * Shares something limited (NBD connections of a host, copies on a storage) between all jobs of this process, first
 * come, first served per key.
 */
export class Budget {
  readonly #limit: number;
  readonly #used = new Map<string, number>();
  readonly #waiting = new Map<string, Waiting[]>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  free(key: string): number {
    return this.#limit - (this.#used.get(key) ?? 0);
  }

  /**
   * Takes `amount` (at most the limit) of the key's share, waiting for its turn.
   * @throws FailureError `cancelled`
   */
  async take(key: string, amount: number, signal: AbortSignal, onWait?: () => void): Promise<Release> {
    const wanted = Math.min(amount, this.#limit);
    if (this.#queue(key).length === 0 && this.free(key) >= wanted) this.#add(key, wanted);
    else {
      onWait?.();
      await this.#turn(key, wanted, signal);
    }
    return this.#releaseOf(key, wanted);
  }

  /** Takes one more if nobody waits and `leave` stay free after it; undefined otherwise. */
  takeOneMore(key: string, leave: number): Release | undefined {
    if (this.#queue(key).length > 0 || this.free(key) <= leave) return undefined;
    this.#add(key, 1);
    return this.#releaseOf(key, 1);
  }

  #releaseOf(key: string, amount: number): Release {
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.#add(key, -amount);
      this.#startNext(key);
    };
  }

  #turn(key: string, amount: number, signal: AbortSignal): Promise<void> {
    const queue = this.#queue(key);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        queue.splice(queue.indexOf(waiting), 1);
        signal.removeEventListener('abort', abort);
      };
      const abort = (): void => {
        leave();
        this.#startNext(key);
        reject(cancelled());
      };
      const waiting: Waiting = {
        amount,
        start: () => {
          leave();
          resolve();
        },
      };
      queue.push(waiting);
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    });
  }

  /** The share is taken before the one who waits goes on, so that nobody can slip in between. */
  #startNext(key: string): void {
    const queue = this.#queue(key);
    for (let first = queue[0]; first && first.amount <= this.free(key); first = queue[0]) {
      this.#add(key, first.amount);
      first.start();
    }
  }

  #queue(key: string): Waiting[] {
    const queue = this.#waiting.get(key) ?? [];
    this.#waiting.set(key, queue);
    return queue;
  }

  #add(key: string, amount: number): void {
    this.#used.set(key, (this.#used.get(key) ?? 0) + amount);
  }
}

const cancelled = (): FailureError =>
  new FailureError({
    code: 'cancelled',
    message: 'The export was cancelled.',
    nextStep: 'Start it again when you like.',
  });
