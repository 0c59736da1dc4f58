import { describe, expect, it } from 'vitest';
import { FailureError, type Failure } from '../../../../shared/model/failure';
import { runAsync } from './async-call';
import { TaskWatcher } from './task-watcher';

const unreachable: Failure = { code: 'pool-unreachable', message: 'm', nextStep: 'n' };

/** A pool with one task that cannot be cancelled; `looked` is told how often it was asked for. */
function poolWith(record: (looked: number) => object) {
  const calls: string[] = [];
  let looked = 0;
  const call = async (method: string): Promise<unknown> => {
    calls.push(method);
    if (method === 'task.get_record') return record(++looked);
    return method.startsWith('Async.') ? 'OpaqueRef:task' : '';
  };
  const slept: number[] = [];
  const clock = {
    now: () => new Date(),
    sleep: (milliseconds: number) => {
      slept.push(milliseconds);
      return new Promise<void>((resolve) => setImmediate(resolve));
    },
  };
  return {
    calls,
    slept,
    parts: { call, clock, tasks: new TaskWatcher(() => call('task.get_record'), clock) },
  };
}
const pending = { status: 'pending', progress: 0, result: '', error_info: [] };
const made = { ...pending, status: 'success', result: '<value>OpaqueRef:made</value>' };

/** Cancelled as soon as the task runs. */
async function cancelled(pool: ReturnType<typeof poolWith>, creates: boolean): Promise<unknown> {
  const cancel = new AbortController();
  const done = runAsync(pool.parts, 'VM.snapshot', [], { signal: cancel.signal, creates });
  setImmediate(() => cancel.abort());
  return done;
}

describe('a task that goes on after it was cancelled', () => {
  it('is waited for to its end when it makes something, so that this can be undone', async () => {
    const pool = poolWith((looked) => (looked < 6 ? pending : made));
    expect(await cancelled(pool, true)).toBe('OpaqueRef:made');
    expect(pool.slept.length).toBeGreaterThan(3);
    expect(pool.calls).toContain('task.cancel');
  });

  it('is left alone after a minute when it makes nothing', async () => {
    const pool = poolWith((looked) => (looked < 6 ? pending : made));
    await expect(cancelled(pool, false)).rejects.toMatchObject({ failure: { code: 'cancelled' } });
    expect(pool.slept).toEqual([60_000]);
  });

  it('is no cancelled one when the pool does not say how it ended', async () => {
    const pool = poolWith((looked) => {
      if (looked < 3) return pending;
      throw new FailureError(unreachable);
    });
    await expect(cancelled(pool, true)).rejects.toMatchObject({ failure: unreachable });
  });
});
