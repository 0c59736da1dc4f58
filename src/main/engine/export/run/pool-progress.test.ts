import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ok } from '../../../../shared/model/result';
import type { PoolConnection } from '../../xapi';
import { CopyCounters } from '../copy/counters';
import type { RunningCopy } from '../copy/worker-client';
import { PoolProgress } from './pool-progress';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function copyAt(readBytes: number): RunningCopy {
  const counters = new CopyCounters();
  counters.set('totalBytes', 100);
  counters.set('readBytes', readBytes);
  return { counters } as RunningCopy;
}

it('counts each disk once, by the copy that runs now', async () => {
  const told: number[] = [];
  const task = {
    setProgress: (done: number) => Promise.resolve(void told.push(done)),
    finish: () => Promise.resolve(),
  };
  const pool = { createTask: () => Promise.resolve(ok(task)) } as unknown as PoolConnection;
  const progress = await PoolProgress.start(pool, 'an export', 2, () => undefined);
  progress.follow('a', copyAt(50));
  progress.follow('b', copyAt(20));
  await vi.advanceTimersToNextTimerAsync();
  // Its worker died, and another one goes on.
  progress.follow('a', copyAt(60));
  await vi.advanceTimersToNextTimerAsync();
  await progress.end('success');
  expect(told).toEqual([0.35, 0.4]);
});
