import type { PoolState } from '../pool-state';

/** Waits for a state of the database. False when it did not come in time, or the signal was raised. */
export function until(
  { db }: PoolState,
  isReached: () => boolean,
  milliseconds: number,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (): void => {
      leave();
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve(isReached());
    };
    // Looked at after the change is complete, since listeners are called when it begins.
    const leave = db.changes.onChange(() => {
      queueMicrotask(() => {
        if (isReached()) end();
      });
    });
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end);
    if (isReached() || signal.aborted) end();
  });
}
