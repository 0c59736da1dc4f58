import { expect, it, vi } from 'vitest';
import { FailureError, type Failure } from '../../../../shared/model/failure';
import { LongText } from '../transport/long-text';
import { TaskWatcher } from './task-watcher';

const failed: Failure = { code: 'pool-unreachable', message: 'm', nextStep: 'n' };
const over = { status: 'success', progress: 1, result: '', error_info: [] };
const pending = { ...over, status: 'pending' };
const REF = 'OpaqueRef:task';

/** A pool that answers in turn, the last one for ever, and a clock whose pauses end when they are told to. */
function watch(...answers: (object | Error)[]) {
  const fetch = vi.fn(() => {
    const answer = answers.length > 1 ? answers.shift()! : answers[0];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
  const pauses: (() => void)[] = [];
  const sleep = (_milliseconds: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      pauses.push(resolve);
      signal?.addEventListener('abort', () => resolve());
    });
  return { fetch, pauses, tasks: new TaskWatcher(fetch, { now: () => new Date(), sleep }) };
}
const moments = () => new Promise((resolve) => setTimeout(resolve, 5));

it('asks again when the pool does not tell, though events go on: the task may have ended before', async () => {
  const { tasks, fetch, pauses } = watch(new FailureError(failed), new FailureError(failed), over);
  const ended = tasks.ended(REF);
  for (let asked = 1; asked <= 2; asked++) {
    await moments();
    expect(fetch).toHaveBeenCalledTimes(asked);
    pauses.pop()!();
  }
  expect(await ended).toMatchObject(over);
});

it('asks once for a task that goes on, and hears of its end by an event', async () => {
  const { tasks, fetch } = watch(pending);
  const ended = tasks.ended(REF);
  await moments();
  tasks.apply({ class: 'task', ref: REF, operation: 'mod', snapshot: over });
  expect(await ended).toMatchObject(over);
  expect(fetch).toHaveBeenCalledOnce();
});

it('asks at once, and only once, when the events are back', async () => {
  const { tasks, fetch } = watch(new FailureError(failed), over);
  const ended = tasks.ended(REF);
  await moments();
  tasks.recheck();
  expect(await ended).toMatchObject(over);
  expect(fetch).toHaveBeenCalledTimes(2);
});

it('asks again for a task that goes on when events may have been passed over, also while it asks', async () => {
  const { tasks, fetch } = watch(pending, pending, over);
  const ended = tasks.ended(REF);
  await moments();
  expect(fetch).toHaveBeenCalledTimes(1);
  tasks.recheck();
  tasks.recheck(); // the question of the first is on its way
  expect(await ended).toMatchObject(over);
  expect(fetch).toHaveBeenCalledTimes(3);
});

it('asks no more once it was given up', async () => {
  const { tasks, fetch } = watch(new FailureError(failed));
  const ended = tasks.ended(REF);
  await moments();
  tasks.abandon(failed);
  await expect(ended).rejects.toMatchObject({ failure: failed });
  await moments();
  expect(fetch).toHaveBeenCalledOnce();
});

it('gives up at once when the pool answers nonsense', async () => {
  const { tasks } = watch({ status: 'perhaps' });
  await expect(tasks.ended(REF)).rejects.toMatchObject({ failure: { code: 'unexpected-answer' } });
});

it('asks for a result that is too long for an event, also when an older answer is under way', async () => {
  const long = { ...over, result: new LongText(undefined) };
  const kept = { ...over, result: new LongText(new Uint8Array(3)) };
  for (const wait of [moments, () => Promise.resolve()]) {
    const { tasks, fetch } = watch(pending, kept);
    const ended = tasks.ended(REF);
    await wait();
    tasks.apply({ class: 'task', ref: REF, operation: 'mod', snapshot: long });
    expect((await ended).result).toBe(kept.result);
    expect(fetch).toHaveBeenCalledTimes(2);
  }
});
