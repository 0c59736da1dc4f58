import { attempt, type Result } from '../../../../shared/model/result';

/** A task of ours on the pool, by which other admins see what Deltascope is doing. */
export interface PoolTask {
  /** @param fraction 0 to 1 */
  setProgress(fraction: number): Promise<Result<void>>;
  /** Sets how it ended and removes it: nothing of ours stays behind. */
  finish(outcome: 'success' | 'failure' | 'cancelled'): Promise<Result<void>>;
}

type Call = (method: string, parameters: readonly unknown[]) => Promise<unknown>;

/** @param call rejects with a FailureError */
export const createPoolTask = (call: Call, name: string, description: string): Promise<Result<PoolTask>> =>
  attempt(async () => {
    const ref = await call('task.create', [name, description]);
    return {
      setProgress: (fraction) =>
        attempt(async () => {
          // Never a whole number: XAPI takes floats only. Moving progress also keeps the task from being collected.
          await call('task.set_progress', [ref, Math.min(0.999_999, Math.max(0.000_001, fraction))]);
        }),
      finish: (outcome) =>
        attempt(async () => {
          await call('task.set_status', [ref, outcome]);
          await call('task.destroy', [ref]);
        }),
    };
  });
