import { FailureError, type Failure } from '../../../shared/model/failure';
import type { Clock } from '../xapi';

/** Failures that pass by themselves: something still holds the disk, or the pool is busy. */
const PASSING = new Set(['disk-in-use', 'other-operation', 'pool-busy']);
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5000;

export interface Patience {
  readonly clock: Clock;
  /** Milliseconds to wait in all. */
  readonly patience: number;
  readonly signal?: AbortSignal;
  /** Told of each failure that is waited out. */
  readonly onWait?: (failure: Failure) => void;
}

/**
 * Repeats `work` with growing pauses while the pool says that the disk is in use. Control domains let go of a disk some
 * seconds after an NBD connection or a transfer has ended.
 * @throws FailureError the last one, once patience is over, the signal aborts or the failure will not pass
 */
export async function whileBusy<T>(
  { clock, patience, signal, onWait }: Patience,
  work: () => Promise<T>,
): Promise<T> {
  let left = patience;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(LONGEST_PAUSE, pause * 2)) {
    try {
      return await work();
    } catch (error) {
      const mayPass = error instanceof FailureError && PASSING.has(error.failure.code);
      if (!mayPass || left <= 0 || signal?.aborted) throw error;
      onWait?.(error.failure);
    }
    await clock.sleep(Math.min(pause, left), signal);
    left -= pause;
  }
}
