import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import type { JobState } from '../../../shared/model/job';
import { err, ok, unwrap } from '../../../shared/model/result';
import { GoOnLater } from './go-on-later';
import { planOf } from './plan.fixture';
import { JobQueue } from './queue';
import { alreadyOver } from './queue-failures';

const MINUTE = 60_000;
afterEach(() => vi.useRealTimers());

/** A queue with one job, which tells what becomes of it. Time stands still. */
function queueWithJob() {
  vi.useFakeTimers();
  const queue = Object.assign(new EventEmitter(), {
    resume: vi.fn((): ReturnType<JobQueue['resume']> => ok(undefined)),
    goesOnAt: vi.fn<JobQueue['goesOnAt']>(() => true),
  });
  new GoOnLater(queue as unknown as JobQueue);
  const become = (state: JobState, code?: string, readBytes = 0): void => {
    const failure = code && { code, message: 'm', nextStep: 'n' };
    queue.emit('changed', {
      id: 'job',
      state,
      failure,
      disks: [{ progress: { readBytes } }],
    });
  };
  return {
    queue,
    become,
    interrupt: (code: string, readBytes = 0) => become('interrupted', code, readBytes),
  };
}

it('goes on a minute after the network was lost, and says when', () => {
  const { queue, interrupt } = queueWithJob();
  interrupt('nbd-unreachable');
  interrupt('nbd-unreachable'); // told again of the same, with the time
  expect(queue.goesOnAt.mock.calls).toEqual([['job', new Date(Date.now() + MINUTE)]]);
  vi.advanceTimersByTime(MINUTE - 1);
  expect(queue.resume).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(queue.resume.mock.calls).toEqual([['job']]);
});

it('waits longer each time that nothing was read, and is eager again once something was', () => {
  const { queue, interrupt, become } = queueWithJob();
  const pauses = [0, 0, 0, 0, 0, 5, 5].map((readBytes) => {
    interrupt('pool-unreachable', readBytes);
    const at = queue.goesOnAt.mock.lastCall![1];
    const pause = at.getTime() - Date.now();
    vi.advanceTimersByTime(pause);
    become('queued');
    become('running');
    return pause / MINUTE;
  });
  expect(pauses).toEqual([1, 2, 5, 10, 10, 1, 2]);
  expect(queue.resume).toHaveBeenCalledTimes(7);
});

it.each(['target-full', 'login-failed', 'pool-disconnected', 'image-unsound'])(
  'leaves a job alone that %s interrupted: somebody has to do something first',
  (code) => {
    const { queue, interrupt } = queueWithJob();
    interrupt(code);
    expect(vi.getTimerCount()).toBe(0);
    expect(queue.goesOnAt).not.toHaveBeenCalled();
  },
);

it.each(['running', 'cancelled', 'removed'] as const)(
  'does nothing any more for a job that is %s',
  (what) => {
    const { queue, interrupt, become } = queueWithJob();
    interrupt('nbd-timeout');
    if (what === 'removed') queue.emit('removed', 'job');
    else become(what);
    expect(vi.getTimerCount()).toBe(0);
  },
);

it('leaves a job of a real queue alone that was cancelled while its pool was away', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'deltascope-later-'));
  const failure = { code: 'pool-unreachable', message: 'm', nextStep: 'n' };
  let runs = 0;
  const { queue } = await JobQueue.open(folder, async ({ signal }) => {
    runs++;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return { ok: false, failure, interrupted: true };
  });
  const times: (string | undefined)[] = [];
  queue.on('changed', ({ goesOnAt }) => times.push(goesOnAt));
  new GoOnLater(queue, [0]);
  const { id } = unwrap(queue.start(plan));
  await vi.waitUntil(() => runs === 1);
  queue.cancel(id);
  expect((await queue.ended(id)).state).toBe('interrupted');
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(runs).toBe(1);
  expect(times.filter(Boolean)).toEqual([]);
  rmSync(folder, { recursive: true });
});

it('gives up a job that cannot go on, because another process has it', () => {
  const { queue, interrupt } = queueWithJob();
  queue.resume.mockReturnValue(err(alreadyOver));
  interrupt('nbd-timeout');
  vi.advanceTimersByTime(MINUTE);
  expect(queue.resume).toHaveBeenCalledOnce();
  expect(vi.getTimerCount()).toBe(0);
});

it('goes on with a job of a real queue, which says until then when that will be', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'deltascope-later-'));
  const failure = { code: 'nbd-unreachable', message: 'm', nextStep: 'n' };
  let runs = 0;
  const { queue } = await JobQueue.open(folder, ({ report }) => {
    if (++runs === 1) return Promise.resolve({ ok: false, failure, interrupted: true });
    report.outcome('d1', { manifestPath: '/exports/x.json' });
    return Promise.resolve(ok(undefined));
  });
  const times = new Set<string | undefined>();
  queue.on('changed', ({ state, goesOnAt }) =>
    times.add(`${state} ${goesOnAt === undefined ? '' : 'later'}`),
  );
  new GoOnLater(queue, [0]);
  const { id } = unwrap(queue.start(plan));
  await vi.waitUntil(() => queue.list()[0].state === 'done');
  expect(runs).toBe(2);
  expect([...times]).toEqual(['queued ', 'running ', 'interrupted ', 'interrupted later', 'done ']);
  expect((await queue.log(id)).map(({ text }) => text).join()).toContain('tried again by itself');
  rmSync(folder, { recursive: true });
});

const plan = planOf('d1');
