import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { removeOrphans, snapshotDisk, type RemovedOrphans } from '../../src/main/engine/cbt';
import type { PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import { unwrap } from '../../src/shared/model/result';
import { quickDemoPool } from '../fixtures/demo-pool';
import { connectTo, disk, fault } from '../fixtures/pool-connection';

const NAME = 'Deltascope 2026-11-24 21:00:00 UTC 1a2b3c4d';
const JOB = '1a2b3c4d-0000-4000-8000-000000000000';
let demo: DemoPool;
let connection: PoolConnection;
let diskUuid: string;
let diskRef: string;
const ended: PoolConnection[] = [];

beforeEach(async () => {
  demo = await quickDemoPool();
  connection = await connectTo(demo);
  diskUuid = disk(connection, 'gateway-01 flash').uuid;
  diskRef = unwrap(await connection.reference('VDI', diskUuid));
});
afterEach(async () => {
  for (const one of [...ended.splice(0), connection]) await one.close();
  await demo.close();
});

const record = z.object({ uuid: z.string(), other_config: z.record(z.string(), z.string()) });
const recordOf = async (ref: string) => unwrap(await connection.call(record, 'VDI.get_record', [ref]));
const call = async (method: string, ...parameters: unknown[]): Promise<void> =>
  void unwrap(await connection.call(z.unknown(), method, parameters));
const takenByOthers = async (): Promise<string> =>
  unwrap(await connection.call(z.string(), 'VDI.snapshot', [diskRef, {}]));
const snapshots = async (): Promise<string[]> =>
  unwrap(await connection.call(z.array(z.string()), 'VDI.get_snapshots', [diskRef]));
const clear = async (known: readonly string[] = []): Promise<RemovedOrphans> =>
  unwrap(await removeOrphans(connection, JOB, { name: NAME, diskUuids: [diskUuid] }, new Set(known)));
const uuidsOf = async (refs: readonly string[]): Promise<string[]> =>
  Promise.all(refs.map(async (ref) => (await recordOf(ref)).uuid));

/** The process ends right after a call that the pool has carried out, or before one. */
async function endsAt(method: string): Promise<void> {
  await fault(connection, { kind: 'hold-call', method });
  void snapshotDisk(connection, { jobId: JOB, name: NAME, diskUuid });
  const reached = async (): Promise<boolean> => {
    if (method === 'VDI.snapshot') return 'deltascope:taking' in (await recordOf(diskRef)).other_config;
    const [born] = await snapshots();
    if (born === undefined || method === 'VDI.get_uuid') return born !== undefined;
    return 'deltascope:uuid' in (await recordOf(born)).other_config;
  };
  while (!(await reached())) await new Promise((resolve) => setTimeout(resolve, 20));
  // Another connection, as another run of the program has it; the call above never comes to an end.
  ended.push(connection);
  connection = await connectTo(demo);
}

it('an end before the snapshot leaves no mark on the disk once it was cleared', async () => {
  await endsAt('VDI.snapshot');
  expect(await clear()).toEqual({ removed: 0, unproved: [] });
  expect((await recordOf(diskRef)).other_config).not.toHaveProperty('deltascope:taking');
});

it('a snapshot that carries none of our marks yet but the one it was born with is found and left alone', async () => {
  await endsAt('VDI.get_uuid');
  const before = await snapshots();
  const [born] = before;
  expect((await recordOf(born)).other_config).toMatchObject({ 'deltascope:taking': NAME });
  expect(connection.ourObjects()).toEqual([]);
  expect(await clear()).toEqual({ removed: 0, unproved: await uuidsOf(before) });
  expect(await snapshots()).toEqual(before);
});

it('one whose own marks were set is removed', async () => {
  await endsAt('VDI.set_name_label');
  expect(await clear()).toEqual({ removed: 1, unproved: [] });
  expect(await snapshots()).toEqual([]);
});

it('a snapshot that is done carries it no more, nor does its disk', async () => {
  const taken = unwrap(await snapshotDisk(connection, { jobId: JOB, name: NAME, diskUuid }));
  const [ref] = await snapshots();
  for (const one of [ref, diskRef])
    expect((await recordOf(one)).other_config).not.toHaveProperty('deltascope:taking');
  const [{ snapshotUuid }] = taken.disks;
  expect(await clear([snapshotUuid])).toEqual({ removed: 0, unproved: [] });
  expect(await snapshots()).toEqual([ref]);
});

it.each(['the only one', 'named', 'marked', 'one of two'])(
  'somebody else’s snapshot, born in the same moment and so with our mark, stays: %s',
  async (how) => {
    await call('VDI.add_to_other_config', diskRef, 'deltascope:taking', NAME);
    const theirs = await takenByOthers();
    if (how === 'named') await call('VDI.set_name_label', theirs, 'nightly backup');
    if (how === 'marked') await call('VDI.add_to_other_config', theirs, 'xo:backup:job', '1');
    if (how === 'one of two') await takenByOthers();
    const before = await snapshots();
    const records = await Promise.all(before.map(recordOf));
    expect(await clear()).toEqual({ removed: 0, unproved: await uuidsOf(before) });
    expect(await snapshots()).toEqual(before);
    expect(await Promise.all(before.map(recordOf))).toEqual(records);
    expect((await recordOf(diskRef)).other_config).not.toHaveProperty('deltascope:taking');
  },
);

it('the mark is on the disk only while the snapshot is taken, not while something else is waited for', async () => {
  await fault(connection, {
    kind: 'call-error', method: 'VDI.snapshot', code: 'OTHER_OPERATION_IN_PROGRESS', params: ['VDI', 'x'], count: 1,
  }); // prettier-ignore
  let whileWaiting: object | undefined;
  const sleep = async (): Promise<void> => void (whileWaiting = (await recordOf(diskRef)).other_config);
  const request = { jobId: JOB, name: NAME, diskUuid, clock: { now: () => new Date(), sleep } };
  unwrap(await snapshotDisk(connection, request));
  expect(whileWaiting).toBeDefined();
  expect(whileWaiting).not.toHaveProperty('deltascope:taking');
});
