import { FailureError } from '../../../../shared/model/failure';
import { cancelled } from '../errors/call-failure';
import type { Clock } from '../clock';
import type { LongText } from '../transport/long-text';
import { taskResult } from './task-result';
import type { TaskWatcher } from './task-watcher';

/** How long a cancelled task may take to end before it is left alone, or looked at again if it makes something. */
const CANCEL_PATIENCE = 60_000;

export interface RunAsyncOptions {
  readonly signal?: AbortSignal;
  /** See `AsyncCallOptions`. */
  readonly creates?: boolean;
}

export interface AsyncCallParts {
  /** Rejects with a FailureError. */
  readonly call: (method: string, parameters: readonly unknown[]) => Promise<unknown>;
  readonly tasks: TaskWatcher;
  readonly clock: Clock;
}

/**
 * Runs `Async.<method>` and returns what its task returned. When the signal aborts, the task is asked to cancel and
 * its end is awaited: a task that finished nevertheless returns its result, so that the caller can undo it.
 * @throws FailureError
 */
export async function runAsync(
  { call, tasks, clock }: AsyncCallParts,
  method: string,
  parameters: readonly unknown[],
  { signal, creates = false }: RunAsyncOptions = {},
): Promise<string | LongText> {
  if (signal?.aborted) throw new FailureError(cancelled);
  const ref = await call(`Async.${method}`, parameters);
  if (typeof ref !== 'string') throw new TypeError('a task reference is a string');
  const ended = tasks.ended(ref);
  const over = new AbortController();
  try {
    return taskResult(await Promise.race([ended, cancelOn(ref, over.signal)]), method);
  } finally {
    over.abort();
    await ignoreGone(call('task.destroy', [ref]));
  }

  async function cancelOn(task: string, done: AbortSignal): Promise<never> {
    await aborted(signal, done);
    if (!done.aborted) await ignoreGone(call('task.cancel', [task]));
    do {
      if (!done.aborted) await clock.sleep(CANCEL_PATIENCE, done);
      if (creates && !done.aborted) await tasks.look(task);
    } while (creates && !done.aborted);
    throw new FailureError(cancelled);
  }
}

/** Resolves when `signal` aborts, or `done` does. */
function aborted(signal: AbortSignal | undefined, done: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener('abort', () => resolve(), { once: true, signal: done });
    done.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** XAPI forgets finished tasks by itself, and a task that cannot be cancelled simply goes on. */
async function ignoreGone(request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
  }
}
