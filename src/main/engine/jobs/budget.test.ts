import { describe, expect, it } from 'vitest';
import { Budget } from './budget';

const never = new AbortController().signal;

/** Lets everything that can go on do so. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Budget', () => {
  it('never gives more than its limit per key, in order', async () => {
    const budget = new Budget(4);
    const order: string[] = [];
    const first = await budget.take('host', 3, never);
    const waiting = ['a', 'b'].map((name) =>
      budget
        .take('host', 2, never, () => order.push(`${name} waits`))
        .then((release) => {
          order.push(name);
          return release;
        }),
    );
    // There is room for one more, but others came first.
    const small = budget.take('host', 1, never, () => order.push('small waits'));
    const other = await budget.take('other host', 4, never);
    await settle();
    expect(order).toEqual(['a waits', 'b waits', 'small waits']);
    expect(budget.free('host')).toBe(1);
    first();
    first();
    await settle();
    expect(order).toEqual(['a waits', 'b waits', 'small waits', 'a', 'b']);
    expect(budget.free('host')).toBe(0);
    for (const release of await Promise.all(waiting)) release();
    (await small)();
    other();
    expect([budget.free('host'), budget.free('other host')]).toEqual([4, 4]);
  });

  it('lets nobody slip in between a release and the one who waits', async () => {
    const budget = new Budget(1);
    const first = await budget.take('host', 1, never);
    const second = budget.take('host', 1, never);
    first();
    const third = budget.take('host', 1, never);
    let thirdStarted = false;
    void third.then(() => (thirdStarted = true));
    const release = await second;
    await settle();
    expect(thirdStarted).toBe(false);
    release();
    (await third)();
  });

  it('lets the others go on when one who waits is cancelled', async () => {
    const budget = new Budget(2);
    const first = await budget.take('host', 1, never);
    const cancel = new AbortController();
    const large = budget.take('host', 2, cancel.signal);
    const small = budget.take('host', 1, never);
    cancel.abort();
    await expect(large).rejects.toMatchObject({ failure: { code: 'cancelled' } });
    (await small)();
    first();
    expect(budget.free('host')).toBe(2);
  });

  it('gives one more only where nobody waits and enough stays free', async () => {
    const budget = new Budget(4);
    const first = await budget.take('host', 1, never);
    const more = budget.takeOneMore('host', 2);
    expect(more).toBeDefined();
    expect(budget.takeOneMore('host', 2)).toBeUndefined();
    expect(budget.free('host')).toBe(2);
    const large = budget.take('host', 4, never);
    expect(budget.takeOneMore('host', 0)).toBeUndefined();
    more?.();
    more?.();
    first();
    (await large)();
    expect(budget.free('host')).toBe(4);
  });

  it('caps a wish at the limit', async () => {
    const budget = new Budget(2);
    const release = await budget.take('host', 16, never);
    expect(budget.free('host')).toBe(0);
    release();
  });
});
