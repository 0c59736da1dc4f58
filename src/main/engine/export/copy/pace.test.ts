import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Pace } from './pace';

describe('pace of requests that wait already', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  /** Sends as many requests of a second each, and tells how many have started. */
  const send = (pace: Pace, count: number): (() => number) => {
    const { signal } = new AbortController();
    let started = 0;
    for (let sent = 0; sent < count; sent++) void pace.pass(1000, signal)?.then(() => started++);
    return () => started;
  };

  it('keeps to the rate', async () => {
    const started = send(new Pace(1000), 8);
    await vi.advanceTimersByTimeAsync(3500);
    expect(started()).toBe(4);
  });

  it('keeps to one that takes longer than a timer can', async () => {
    const month = 31 * 24 * 3600;
    const started = send(new Pace(1000 / month), 3);
    await vi.advanceTimersByTimeAsync((month - 1) * 1000);
    expect(started()).toBe(1);
    await vi.advanceTimersByTimeAsync(2000);
    expect(started()).toBe(2);
  });

  it('lets all of them go when the limit is lifted', async () => {
    const pace = new Pace(1000);
    const started = send(pace, 8);
    await vi.advanceTimersByTimeAsync(100);
    pace.limit(undefined);
    await vi.advanceTimersByTimeAsync(0);
    expect(started()).toBe(8);
  });

  it('queues them again at another rate', async () => {
    const pace = new Pace(1);
    const started = send(pace, 8);
    await vi.advanceTimersByTimeAsync(100);
    expect(started()).toBe(1);
    pace.limit(1000);
    await vi.advanceTimersByTimeAsync(2500);
    expect(started()).toBe(4);
  });

  it('holds them while it is paused', async () => {
    const pace = new Pace(1000);
    const started = send(pace, 8);
    await vi.advanceTimersByTimeAsync(100);
    pace.pause();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(started()).toBe(1);
    pace.resume();
    await vi.advanceTimersByTimeAsync(1500);
    expect(started()).toBe(3);
  });

  it('ends with its copy', async () => {
    const stop = new AbortController();
    const pace = new Pace(1);
    void pace.pass(1000, stop.signal);
    const waiting = pace.pass(1000, stop.signal);
    stop.abort();
    await expect(waiting).resolves.toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });
});
