import { describe, expect, it } from 'vitest';
import { ok, unwrap } from '../../../../shared/model/result';
import { Budget } from '../../jobs/budget';
import type { NbdTarget, PoolConnection } from '../../xapi';
import { takeNbdPlace, type Wanted } from './nbd-place';

const HOST = 'host-1';
const OTHER = 'host-2';
const target = (host: string, hostUuid: string): NbdTarget => ({
  host,
  port: 10809,
  exportName: '/x',
  certPem: '',
  tls: 'none',
  hostUuid,
});
const poolOf = (...targets: readonly NbdTarget[]): PoolConnection =>
  ({ nbdTargets: () => Promise.resolve(ok(targets)) }) as unknown as PoolConnection;
const never = new AbortController().signal;
const two = (budget: Budget, onWait: () => void = () => undefined): Wanted => ({
  connections: 2,
  budget,
  signal: never,
  onWait,
});

it('shares what the host has left, leaves the next job its start, and gives everything back', async () => {
  const budget = new Budget(8);
  const pool = poolOf(target('192.0.2.1', HOST));
  const place = unwrap(await takeNbdPlace(pool, 'snapshot', two(budget)));
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

describe('a disk that several hosts offer', () => {
  const pool = poolOf(target('192.0.2.1', HOST), target('2001:db8::1', HOST), target('192.0.2.2', OTHER));
  const hostsOf = async (budget: Budget): Promise<string[]> => {
    const { targets } = unwrap(await takeNbdPlace(pool, 'snapshot', two(budget)));
    return targets.map(({ address }) => (address.kind === 'tcp' ? address.host : ''));
  };

  it('is read from the one with most connections free; the other stays as a way out', async () => {
    const budget = new Budget(8);
    expect(await hostsOf(budget)).toEqual(['192.0.2.1', '192.0.2.2']);
    expect([budget.free(HOST), budget.free(OTHER)]).toEqual([6, 8]);
    expect(await hostsOf(budget)).toEqual(['192.0.2.2', '192.0.2.1']);
    expect([budget.free(HOST), budget.free(OTHER)]).toEqual([6, 6]);
  });

  it('waits, and says so, while neither has enough', async () => {
    const budget = new Budget(2);
    const releases = [await budget.take(HOST, 2, never), await budget.take(OTHER, 2, never)];
    let waited = false;
    const taking = takeNbdPlace(
      pool,
      'snapshot',
      two(budget, () => (waited = true)),
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect([waited, budget.free(HOST), budget.free(OTHER)]).toEqual([true, 0, 0]);
    for (const release of releases) release();
    unwrap(await taking).release();
    expect([budget.free(HOST), budget.free(OTHER)]).toEqual([2, 2]);
  });
});
