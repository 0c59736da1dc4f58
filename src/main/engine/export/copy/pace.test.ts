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

  it('keeps to the rate from the first request on', async () => {
    const started = send(new Pace(1000), 8);
    for (const [milliseconds, count] of [
      [999, 0],
      [1, 1],
      [999, 1],
      [1501, 3],
    ] as const) {
      await vi.advanceTimersByTimeAsync(milliseconds);
      expect(started()).toBe(count);
    }
  });

  it('makes up for a tenth of a second without requests, and no more', async () => {
    const pace = new Pace(1000);
    const { signal } = new AbortController();
    // A long time before the first request is worth nothing.
    await vi.advanceTimersByTimeAsync(60_000);
    const passes = async (after: number): Promise<boolean> => {
      let passed = false;
      const passing = pace.pass(100, signal)?.then(() => (passed = true));
      await vi.advanceTimersByTimeAsync(after);
      const inTime = passed;
      await vi.advanceTimersByTimeAsync(100);
      await passing;
      return inTime;
    };
    expect(await passes(99)).toBe(false);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await passes(0)).toBe(true);
    expect(await passes(0)).toBe(true);
    void pace.pass(100, signal);
    expect(await passes(99)).toBe(false);
  });

  it('lets nothing through when the same limit is told again', async () => {
    const pace = new Pace(1000);
    const started = send(pace, 8);
    for (let told = 0; told < 30; told++) {
      await vi.advanceTimersByTimeAsync(50);
      pace.limit(1000);
    }
    expect(started()).toBe(1);
  });

  it('keeps to one that takes longer than a timer can', async () => {
    const month = 31 * 24 * 3600;
    const started = send(new Pace(1000 / month), 3);
    await vi.advanceTimersByTimeAsync((month - 1) * 1000);
    expect(started()).toBe(0);
    await vi.advanceTimersByTimeAsync(2000);
    expect(started()).toBe(1);
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
    expect(started()).toBe(0);
    pace.limit(1000);
    await vi.advanceTimersByTimeAsync(2500);
    expect(started()).toBe(2);
  });

  it('holds them while it is paused', async () => {
    const pace = new Pace(1000);
    const started = send(pace, 8);
    await vi.advanceTimersByTimeAsync(1100);
    pace.pause();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(started()).toBe(1);
    pace.resume();
    await vi.advanceTimersByTimeAsync(2500);
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

it('asks for requests that are small where the rate is', () => {
  const MIB = 1024 * 1024;
  const sizes = [undefined, 100 * MIB, 8 * MIB, 8 * MIB - 1, MIB, 20_000].map((rate) =>
    new Pace(rate).requestBytes(MIB),
  );
  expect(sizes).toEqual([MIB, MIB, MIB, MIB / 2, MIB / 8, MIB / 16]);
});
