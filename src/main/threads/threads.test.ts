import { once } from 'node:events';
import { expect, it } from 'vitest';
import { endThreads, isAtLeast, startThread, threadsEnded } from './threads';

const script = (source: string): URL => new URL(`data:text/javascript,${encodeURIComponent(source)}`);
const EVER = script('setInterval(() => undefined, 1000)');

it('knows whether all threads have ended, and waits no longer than it is told to', async () => {
  expect(await threadsEnded(0)).toBe(true);
  const short = startThread(script(''));
  expect(await threadsEnded(60_000)).toBe(true);
  expect(short.threadId).toBe(-1);
  const long = startThread(EVER);
  expect(await threadsEnded(10)).toBe(false);
  await long.terminate();
  expect(await threadsEnded(0)).toBe(true);
});

it('ends threads, also one that is just starting and one that holds nothing back', async () => {
  const atWork = startThread(EVER);
  await once(atWork, 'online');
  const starting = startThread(EVER);
  starting.unref();
  expect(await endThreads(60_000)).toBe(true);
  expect([atWork.threadId, starting.threadId]).toEqual([-1, -1]);
});

it('has done with a thread that failed', async () => {
  const failing = startThread(script('throw new Error("on purpose")'));
  failing.on('error', () => undefined);
  expect(await threadsEnded(60_000)).toBe(true);
});

it.each([
  ['20.18.3', false],
  ['24.1.9', false],
  ['24.2.0', true],
  ['24.10.0', true],
  ['26.0.0', true],
])('knows whether Node %s has 24.2: %s', (version, is) => expect(isAtLeast(version, 24, 2)).toBe(is));
