import { expect, it } from 'vitest';
import { ok, unwrap } from '../../../../shared/model/result';
import { Budget } from '../../jobs/budget';
import type { PoolConnection } from '../../xapi';
import { takeNbdPlace } from './nbd-place';

const HOST = 'host-1';
const pool = {
  nbdTargets: () =>
    Promise.resolve(
      ok([
        {
          host: '192.0.2.1',
          port: 10809,
          exportName: '/x',
          certPem: '',
          tls: 'none' as const,
          hostUuid: HOST,
        },
      ]),
    ),
} as unknown as PoolConnection;

it('shares what the host has left, leaves the next job its start, and gives everything back', async () => {
  const budget = new Budget(8);
  const never = new AbortController().signal;
  const place = unwrap(await takeNbdPlace(pool, 'snapshot', 2, budget, never, () => undefined));
  const { share } = place;
  const granted = [1, 2, 3, 4, 5, 6].map(() => share.take());
  expect(granted).toEqual([true, true, true, true, false, false]);
  expect(budget.free(HOST)).toBe(2);
  share.giveBack();
  expect(budget.free(HOST)).toBe(3);
  // A worker that died took its connections along; its successor begins with the first ones.
  place.startAgain();
  expect(budget.free(HOST)).toBe(6);
  share.giveBack();
  expect(budget.free(HOST)).toBe(6);
  expect(share.take()).toBe(true);
  place.release();
  place.release();
  expect(budget.free(HOST)).toBe(8);
});
