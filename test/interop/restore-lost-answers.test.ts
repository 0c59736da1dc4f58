import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { leftovers, unproved } from '../../src/main/engine/cbt';
import { restoreExport } from '../../src/main/engine/library/restore/restore';
import type { PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import { err, unwrap } from '../../src/shared/model/result';
import { quickDemoPool } from '../fixtures/demo-pool';
import { exportChain } from '../fixtures/exported-chain';
import { truthOf } from '../fixtures/exporting';
import { pattern } from '../fixtures/image-source';
import { act, connectTo, fault } from '../fixtures/pool-connection';
import { tempDir } from '../fixtures/temp-dir';

// Half a minute of patience, as it is in use, would be waited out for nothing.
vi.mock('../../src/main/engine/xapi/clock', () => ({
  systemClock: { now: () => new Date(), sleep: () => new Promise((resolve) => setTimeout(resolve, 5)) },
}));

const state = pattern(4 * 1024 * 1024, 7);
const dir = tempDir();
let demo: DemoPool;
let connection: PoolConnection;
let manifest: string;
let count = 0;

beforeEach(async () => {
  demo = await quickDemoPool();
  connection = await connectTo(demo);
  const folder = join(dir.path, `export-${++count}`);
  mkdirSync(folder);
  manifest = (await exportChain(folder, 'qcow2', [state]))[0].manifestPath;
});
afterEach(async () => {
  await connection.close();
  await demo.close();
});
afterAll(() => dir.remove());

/** The connection, but that so many of the answers to taking off a mark are lost once the disk is proved. */
function losing(times: number, mark: string): { pool: PoolConnection; proved: () => void } {
  let left = 0;
  const target = connection;
  const call: PoolConnection['call'] = (schema, method, parameters, options) => {
    const struck = method === 'VDI.remove_from_other_config' && parameters[1] === mark && left-- > 0;
    if (struck)
      return Promise.resolve(err({ code: 'pool-unreachable', message: 'Lost.', nextStep: 'Wait.' }));
    return target.call(schema, method, parameters, options);
  };
  const pool = new Proxy(target, {
    get: (_, key) => {
      if (key === 'call') return call;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return { pool, proved: () => (left = times) };
}

const restore = (pool: PoolConnection, onProving: () => void = () => undefined) =>
  restoreExport(
    pool,
    manifest,
    { storageUuid: connection.inventory().storages.find(({ type }) => type === 'nfs')!.uuid, prove: true },
    {
      signal: new AbortController().signal,
      jobsFolder: join(dir.path, 'jobs'),
      progress: (step, done, total) => step === 'proving' && done === total && onProving(),
    },
  );
const unfinished = async () => unwrap(await leftovers(connection, { activeJobIds: new Set() }));
const diskUuids = async () => {
  unwrap(await connection.refresh());
  return connection.inventory().disks.map(({ uuid }) => uuid);
};

it.each(['deltascope:unfinished', 'deltascope:created'])(
  'a proved disk whose marks come off at the second attempt is restored: %s',
  async (mark) => {
    const { pool, proved } = losing(2, mark);
    const restored = unwrap(await restore(pool, proved));
    expect(restored).not.toHaveProperty('marksRemain');
    expect(await unfinished()).toEqual([]);
    expect(await diskUuids()).toContain(restored.diskUuid);
  },
);

it('a proved disk stays, and says so, when its mark cannot be taken off', async () => {
  const { pool, proved } = losing(1000, 'deltascope:unfinished');
  const restored = unwrap(await restore(pool, proved));
  expect(restored.marksRemain).toMatchObject({
    code: 'restored-disk-still-marked',
    nextStep: expect.stringContaining(`uuid=${restored.diskUuid}`),
  });
  const dump = readFileSync(await truthOf(connection, restored.diskUuid, dir.path));
  expect(dump.subarray(0, state.length).equals(state)).toBe(true);
});

it('a disk that is whole is no leftover any more, even if other marks remain', async () => {
  const { pool, proved } = losing(1000, 'deltascope:job');
  const restored = unwrap(await restore(pool, proved));
  expect(restored).toHaveProperty('marksRemain');
  expect(await unfinished()).toEqual([]);
});

it.each(['VDI.get_record', 'VDI.add_to_other_config'])(
  'a disk that was made but not described any more is removed: %s',
  async (method) => {
    const before = await diskUuids();
    await fault(connection, { kind: 'call-error', method, code: 'SOMETHING_ODD' });
    expect(await restore(connection)).toMatchObject({ ok: false, failure: { code: 'xapi-error' } });
    expect(await diskUuids()).toEqual(before);
  },
);

it('a disk that somebody copied before its restore could mark it stays with the copy, and it is said how to remove it', async () => {
  await fault(connection, { kind: 'hold-call', method: 'VDI.remove_from_other_config' });
  await fault(connection, { kind: 'call-error', method: 'VDI.add_to_other_config', code: 'SOMETHING_ODD' });
  const before = await diskUuids();
  const restoring = restore(connection);
  const named = () => unproved(connection, new Set());
  while (named().length === 0) unwrap(await connection.refresh());
  const original = unwrap(await connection.reference('VDI', named()[0].uuid));
  unwrap(await connection.callAsync(z.string(), 'VDI.clone', [original, {}]));
  await act(connection, 'release-calls');
  expect(await restoring).toMatchObject({
    ok: false,
    failure: {
      code: 'restored-disk-left-behind',
      message: expect.stringContaining('2 disks'),
      nextStep: expect.stringContaining('by hand'),
    },
  });
  expect(await diskUuids()).toHaveLength(before.length + 2);
  expect(await unfinished()).toEqual([]);
  expect(named()).toHaveLength(2);
});
