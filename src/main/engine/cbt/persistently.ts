import { FailureError, toFailure } from '../../../shared/model/failure';
import { systemClock, type Clock } from '../xapi';

/** The pool itself did not answer, or nobody is connected to it: what was asked of it is not done, and may be later. */
const AWAY = new Set([
  'pool-unreachable',
  'pool-disconnected',
  'pool-not-connected',
  'login-failed',
  'certificate-changed',
  'pool-busy',
  'pool-upgrading',
  'call-timeout',
  'not-the-master',
  'session-expired',
  'task-gone',
]);
/** Said on purpose, or waited out already. */
const FINAL = new Set([
  'disk-not-proved',
  'held-by-vm',
  'not-ours',
  'not-a-snapshot',
  'disk-in-use',
  'permission-denied',
  'pool-disconnected',
  'pool-not-connected',
  'login-failed',
  'certificate-changed',
]);
const AWAY_PATIENCE = 30_000;
const TRIES = 3;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 5000;

export const isAway = (code: string): boolean => AWAY.has(code);

/**
 * Repeats work that clears up, which must not be left undone because of one lost answer: half a minute while the pool
 * is away, and a few times after other failures. `work` must look anew at what is there each time.
 * @throws FailureError the last one
 */
export async function persistently<T>(
  work: () => Promise<T>,
  { clock = systemClock, signal }: { readonly clock?: Clock; readonly signal?: AbortSignal | undefined } = {},
): Promise<T> {
  let left = AWAY_PATIENCE;
  for (let attempt = 1, pause = FIRST_PAUSE; ; attempt++, pause = Math.min(LONGEST_PAUSE, pause * 2)) {
    try {
      return await work();
    } catch (error) {
      const { code } = toFailure(error);
      const again = error instanceof FailureError && !FINAL.has(code) && !signal?.aborted;
      if (!again || (isAway(code) ? left <= 0 : attempt >= TRIES)) throw error;
    }
    await clock.sleep(pause, signal);
    left -= pause;
  }
}
