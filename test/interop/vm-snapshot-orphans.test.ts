import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cleanLeftovers, leftovers, removeOrphans, snapshotVm, unproved } from '../../src/main/engine/cbt';
import type { PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import { unwrap } from '../../src/shared/model/result';
import { quickDemoPool } from '../fixtures/demo-pool';
import { act, connectTo, disk, fault, vm } from '../fixtures/pool-connection';

const JOB = '1a2b3c4d-0000-4000-8000-000000000000';
const NAME = `Deltascope 2026-11-24 21:00:00 UTC ${JOB.slice(0, 8)}`;
let demo: DemoPool;
let connection: PoolConnection;
/** Of the process that ends. */
let other: PoolConnection;
let vmUuid: string;
let vmRef: string;
let bystanders: Bystander[];

interface Bystander {
  readonly kind: 'VM' | 'VDI';
  readonly ref: string;
  readonly record: unknown;
}

beforeAll(async () => {
  demo = await quickDemoPool();
  connection = await connectTo(demo);
  vmUuid = vm(connection, 'db-01').uuid;
  vmRef = unwrap(await connection.reference('VM', vmUuid));
  expect(vm(connection, 'db-01').diskUuids).toHaveLength(2);
  other = await connectTo(demo);
  // Snapshots of others: of the same VM and its disks, of another VM.
  const flash = unwrap(await connection.reference('VM', vm(connection, 'gateway-01').uuid));
  await ask('VM.snapshot', vmRef, 'nightly');
  await ask('VM.snapshot', flash, 'nightly');
  bystanders = await snapshotsOnPool();
  expect(bystanders.length).toBeGreaterThan(4);
});
afterAll(async () => {
  for (const one of [other, connection]) await one.close();
  await demo.close();
});

const call = async (method: string, ...parameters: unknown[]): Promise<void> =>
  void unwrap(await connection.call(z.unknown(), method, parameters));
const ask = async (method: string, ...parameters: unknown[]): Promise<string> =>
  unwrap(await connection.call(z.string(), method, parameters));
const askList = async (method: string, ...parameters: unknown[]): Promise<string[]> =>
  unwrap(await connection.call(z.array(z.string()), method, parameters));
const recordOf = async (name: 'VM' | 'VDI', ref: string) =>
  unwrap(await connection.call(z.record(z.string(), z.unknown()), `${name}.get_record`, [ref]));

const records = z.record(z.string(), z.record(z.string(), z.unknown()));

async function snapshotsOnPool(): Promise<Bystander[]> {
  const found: Bystander[] = [];
  for (const kind of ['VM', 'VDI'] as const) {
    const all = unwrap(await connection.call(records, `${kind}.get_all_records`, []));
    for (const [ref, record] of Object.entries(all))
      if (record['is_a_snapshot'] === true) found.push({ kind, ref, record });
  }
  return found;
}

/** Nothing of ours is left, and what others have is as it was. */
async function expectClean(): Promise<void> {
  expect(await snapshotsOnPool()).toEqual(bystanders);
}

const WRITES = /\.(add_to_|remove_from_|set_|snapshot$|destroy$)/;

/**
 * Does something until before its n-th call that changes the pool, at which its process ends: that call and all that
 * would follow never come. @returns whether it was done before.
 */
const endsBefore = (n: number, work: (pool: PoolConnection) => Promise<unknown>): Promise<boolean> =>
  new Promise((resolve, reject) => {
    let writes = 0;
    const dying = new Proxy(other, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        return (...parameters: unknown[]): unknown => {
          const isCall = key === 'call' || key === 'callAsync';
          if (!isCall || !WRITES.test(String(parameters[1])) || ++writes < n)
            return Reflect.apply(value, target, parameters);
          resolve(false);
          return new Promise(() => undefined);
        };
      },
    });
    work(dying).then(() => resolve(true), reject);
  });

/** Each state in which the process may end, from the first on. */
async function forEachEnd(
  work: (pool: PoolConnection) => Promise<unknown>,
  before: () => Promise<unknown>,
  after: (n: number) => Promise<void>,
): Promise<number> {
  for (let n = 1; ; n++) {
    await before();
    const isDone = await endsBefore(n, work);
    await after(n);
    if (isDone) return n - 1;
  }
}

const take = (pool: PoolConnection) => snapshotVm(pool, { vmUuid, jobId: JOB, name: NAME });
/** As `deltascope leftovers --clean` does it without a journal. */
const clean = async (pool: PoolConnection = connection): Promise<void> => {
  const found = unwrap(await leftovers(pool, { activeJobIds: new Set() }));
  for (const { result } of await cleanLeftovers(pool, found)) unwrap(result);
};
/** As a job that goes on does it. */
const clear = async (pool: PoolConnection = connection): Promise<void> =>
  void unwrap(await removeOrphans(pool, JOB, { name: NAME, vmUuid, diskUuids: [] }, new Set()));

const allOurs = async (): Promise<Bystander[]> =>
  (await snapshotsOnPool()).filter(({ ref }) => !bystanders.some((one) => one.ref === ref));
const isMarked = ({ record }: Bystander): boolean => {
  const { uuid, other_config: config } = marked.parse(record);
  return config['deltascope:uuid'] === uuid;
};
const marked = z.object({ uuid: z.string(), other_config: z.record(z.string(), z.string()) });

/** The VM snapshot is there, with all it holds, and is told to the admin. */
async function expectWhole(): Promise<void> {
  expect((await allOurs()).map(({ kind }) => kind)).toEqual(['VM', 'VDI', 'VDI']);
  expect(unproved(connection, new Set())).toMatchObject([{ kind: 'vm-snapshot', name: NAME }]);
}

/** By marks alone; a VM snapshot that has none yet is told, and found by the name in the journal. */
async function expectCleanable(): Promise<boolean> {
  const provable = (await allOurs()).some(isMarked);
  await clean();
  if (!provable && (await allOurs()).length > 0) {
    await expectWhole();
    await clear();
  }
  await expectClean();
  return provable;
}

describe('wherever a process ends, nothing of ours stays and nothing of others goes', () => {
  it('while it takes and marks a snapshot, with and without its journal', async () => {
    const provable: boolean[] = [];
    const count = await forEachEnd(
      take,
      () => Promise.resolve(),
      async () => void provable.push(await expectCleanable()),
    );
    expect(count).toBeGreaterThan(10);
    // Once the VM snapshot has its mark the rest is found without any journal.
    expect(provable.indexOf(true)).toBeLessThan(provable.length / 2);
    expect(provable.lastIndexOf(false)).toBeLessThan(provable.indexOf(true));
    // With its journal: from each of the states.
    await forEachEnd(
      take,
      () => Promise.resolve(),
      async () => {
        await clear();
        await expectClean();
      },
    );
  });

  it('while leftovers are removed whose disks were not marked yet', async () => {
    const count = await forEachEnd(clean, takeWithoutDisks, async () => {
      await clean();
      await expectClean();
    });
    expect(count).toBeGreaterThan(10);
  });

  it('while a job that goes on removes them, and its journal is lost then', async () => {
    const count = await forEachEnd(
      clear,
      () => ask('VM.snapshot', vmRef, NAME),
      async () => {
        await expectCleanable();
      },
    );
    expect(count).toBeGreaterThan(10);
    // Another time from a snapshot that was marked as a whole.
    await forEachEnd(
      clear,
      () => take(connection),
      async () => {
        await clean();
        await expectClean();
      },
    );
  });

  it('while a snapshot that cannot be used is removed at once', async () => {
    const unusable = async (pool: PoolConnection): Promise<void> => {
      await fault(connection, {
        kind: 'call-error', method: 'VDI.get_virtual_size', code: 'RBAC_PERMISSION_DENIED', params: ['x', 'y'],
      }); // prettier-ignore
      expect(await take(pool)).toMatchObject({ ok: false, failure: { code: 'permission-denied' } });
    };
    const count = await forEachEnd(
      unusable,
      () => Promise.resolve(),
      async () => {
        await act(connection, 'clear-faults');
        await expectCleanable();
      },
    );
    expect(count).toBeGreaterThan(10);
  });
});

/** The VM snapshot is marked, its disks are not. */
async function takeWithoutDisks(): Promise<void> {
  await endsBefore(9, take);
  expect((await allOurs()).map(isMarked)).toEqual([true, false, false]);
}

describe('what somebody attached to a VM snapshot of ours', () => {
  const attach = async (disk: string, holder?: string): Promise<void> => {
    const [{ ref }] = await allOurs();
    await call('VBD.create', {
      ...{
        VM: holder ?? ref,
        VDI: disk,
        userdevice: '7',
        bootable: false,
        mode: 'RO',
        type: 'Disk',
        empty: false,
      },
      ...{ unpluggable: true, other_config: {}, qos_algorithm_type: '', qos_algorithm_params: {} },
    });
  };
  const vbdsOf = (disk: string): Promise<string[]> => askList('VDI.get_VBDs', disk);

  it('is not taken for ours: a snapshot of another VM’s disk', async () => {
    const diskRef = unwrap(await connection.reference('VDI', disk(connection, 'gateway-01 flash').uuid));
    await takeWithoutDisks();
    const theirs = await ask('VDI.snapshot', diskRef, {});
    const record = await recordOf('VDI', theirs);
    await attach(theirs);
    const before = await snapshotsOnPool();
    await expect(clean()).rejects.toThrow(/somebody else uses or attached/);
    expect(await snapshotsOnPool()).toEqual(before);
    for (const vbd of await vbdsOf(theirs)) await call('VBD.destroy', vbd);
    await clean();
    expect(await recordOf('VDI', theirs)).toEqual(record);
    await call('VDI.destroy', theirs);
    await expectClean();
  });

  it('is not taken for ours: a snapshot that another VM snapshot holds, too', async () => {
    const theirs = bystanders.find(({ kind }) => kind === 'VDI')!;
    await takeWithoutDisks();
    await attach(theirs.ref);
    const before = await snapshotsOnPool();
    await expect(clean()).rejects.toThrow(/somebody else uses or attached/);
    expect(await snapshotsOnPool()).toEqual(before);
    const [vbd] = (await vbdsOf(theirs.ref)).slice(-1);
    await call('VBD.destroy', vbd);
    await clean();
    await expectClean();
  });

  /** Takes a snapshot to which somebody attaches a disk before it is looked at. */
  const takeWhile = (attached: () => Promise<void>): ReturnType<typeof take> => {
    let isAttached = false;
    return take(
      new Proxy(other, {
        get(target, key) {
          const value: unknown = Reflect.get(target, key, target);
          if (typeof value !== 'function') return value;
          return (...parameters: unknown[]): unknown => {
            const pass = (): unknown => Reflect.apply(value, target, parameters);
            if (parameters[1] !== 'VM.get_VBDs' || isAttached) return pass();
            isAttached = true;
            return attached().then(pass);
          };
        },
      }),
    );
  };

  it('is not taken for ours while it is taken: a disk', async () => {
    const diskRef = unwrap(await connection.reference('VDI', disk(connection, 'gateway-01 flash').uuid));
    const config = (await recordOf('VDI', diskRef))['other_config'];
    const taken = unwrap(await takeWhile(() => attach(diskRef)));
    expect([taken.disks.length, taken.extraSnapshotUuids]).toEqual([2, []]);
    await clean();
    expect((await recordOf('VDI', diskRef))['other_config']).toEqual(config);
    await expectClean();
  });

  it('is ours when a control domain reads it already: a snapshot that was just taken', async () => {
    const vms = unwrap(await connection.call(records, 'VM.get_all_records', []));
    const [control] = Object.entries(vms).find(([, record]) => record['is_control_domain'] === true)!;
    let read = '';
    const taken = await takeWhile(async () => {
      read = (await allOurs()).find(({ kind }) => kind === 'VDI')!.ref;
      await attach(read, control);
    });
    expect(unwrap(taken).disks).toHaveLength(2);
    for (const vbd of await vbdsOf(read))
      if ((await ask('VBD.get_VM', vbd)) === control) await call('VBD.destroy', vbd);
    await clean();
    await expectClean();
  });

  it('is not removed with a snapshot that cannot be used: a disk', async () => {
    const diskRef = unwrap(await connection.reference('VDI', disk(connection, 'gateway-01 flash').uuid));
    const { uuid } = await recordOf('VDI', diskRef);
    await fault(connection, {
      kind: 'call-error', method: 'VDI.get_virtual_size', code: 'RBAC_PERMISSION_DENIED', params: ['x', 'y'],
    }); // prettier-ignore
    expect(await takeWhile(() => attach(diskRef))).toMatchObject({
      ok: false,
      failure: { code: 'permission-denied' },
    });
    expect((await recordOf('VDI', diskRef))['uuid']).toBe(uuid);
    await expectClean();
  });

  it('is not taken for ours while it is taken: a snapshot of another VM’s disk', async () => {
    const diskRef = unwrap(await connection.reference('VDI', disk(connection, 'gateway-01 flash').uuid));
    const theirs = await ask('VDI.snapshot', diskRef, {});
    const config = (await recordOf('VDI', theirs))['other_config'];
    expect(await takeWhile(() => attach(theirs))).toMatchObject({
      ok: false,
      failure: { code: 'snapshot-left-behind' },
    });
    expect((await recordOf('VDI', theirs))['other_config']).toEqual(config);
    for (const vbd of await vbdsOf(theirs)) await call('VBD.destroy', vbd);
    await clean();
    expect((await recordOf('VDI', theirs))['other_config']).toEqual(config);
    await call('VDI.destroy', theirs);
    await expectClean();
  });

  it('stays when the VM snapshot goes: a disk', async () => {
    const diskRef = unwrap(await connection.reference('VDI', disk(connection, 'gateway-01 flash').uuid));
    await takeWithoutDisks();
    const config = (await recordOf('VDI', diskRef))['other_config'];
    await attach(diskRef);
    await clean();
    expect((await recordOf('VDI', diskRef))['other_config']).toEqual(config);
    await expectClean();
  });
});

it('a disk that is a copy of a snapshot that was kept does not hand this mark on', async () => {
  const diskUuids = vm(connection, 'db-01').diskUuids;
  const refs = await Promise.all(
    diskUuids.map(async (uuid) => unwrap(await connection.reference('VDI', uuid))),
  );
  for (const ref of refs) await call('VDI.add_to_other_config', ref, 'deltascope:kept', 'data');
  unwrap(await take(connection));
  for (const ref of refs) await call('VDI.remove_from_other_config', ref, 'deltascope:kept');
  await clean();
  await expectClean();
});
