import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { InventoryPatch } from '../../src/shared/model/inventory';
import { unwrap } from '../../src/shared/model/result';
import { connectPool, type ConnectionChange, type PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import { quickDemoPool } from '../fixtures/demo-pool';
import { act, connectTo, disk, fault, instantClock, vm } from '../fixtures/pool-connection';

let demo: DemoPool;
let connection: PoolConnection;

beforeAll(async () => {
  demo = await quickDemoPool();
  connection = await connectTo(demo);
});
afterAll(async () => {
  await connection.close();
  await demo.close();
});
afterEach(() => act(connection, 'clear-faults'));

const failureOf = async (work: Promise<{ ok: boolean }>) => {
  const result = (await work) as { ok: false; failure: { code: string; message: string; details?: string } };
  expect(result.ok).toBe(false);
  return result.failure;
};

describe('the inventory', () => {
  it('shows hosts, storage with its ability to track changes, VMs with their disks', () => {
    const { hosts, storages, vms, nbdAccess, poolName, product } = connection.inventory();
    expect(hosts.map(({ name, isMaster }) => [name, isMaster])).toEqual([
      ['xcp-demo-1', true],
      ['xcp-demo-2', false],
    ]);
    const tracks = Object.fromEntries(storages.map(({ type, supportsCbt }) => [type, supportsCbt]));
    expect(tracks).toEqual({ nfs: true, lvmoiscsi: true, ext: true, linstor: false });
    expect(storages.find(({ type }) => type === 'ext')!.hostUuids).toEqual([hosts[1].uuid]);
    expect(vm(connection, 'db-01').diskUuids.map((uuid) => disks().get(uuid)!.name)).toEqual([
      'db-01 system',
      'db-01 data',
    ]);
    expect(vms.every(({ diskUuids }) => diskUuids.every((uuid) => disks().has(uuid)))).toBe(true);
    expect([nbdAccess, poolName]).toEqual(['secure', 'Demo pool']);
    expect(product).toMatch(/XCP-ng/);
  });

  it('follows changes on the pool with whole objects that differ', async () => {
    const patches: InventoryPatch[] = [];
    const stop = connection.onInventoryChanged((patch) => patches.push(patch));
    const target = vm(connection, 'web-01');
    const ref = unwrap(await connection.reference('VM', target.uuid));
    unwrap(await connection.call(z.unknown(), 'VM.set_name_description', [ref, 'renamed']));
    unwrap(await connection.refresh());
    stop();
    expect(patches.flatMap(({ vms }) => vms)).toEqual([{ ...target, description: 'renamed' }]);
    expect(patches.flatMap(({ disks }) => disks)).toEqual([]);
    expect(vm(connection, 'web-01').description).toBe('renamed');
  });

  it('shows a snapshot with its disk, and removes it with its object', async () => {
    const target = disk(connection, 'web-01 system');
    const ref = unwrap(await connection.reference('VDI', target.uuid));
    const taken = unwrap(await connection.call(z.string(), 'VDI.snapshot', [ref, {}]));
    unwrap(await connection.refresh());
    const [uuid] = disk(connection, 'web-01 system').snapshotUuids;
    const seen = connection.inventory().snapshots.find((one) => one.uuid === uuid)!;
    expect(seen).toMatchObject({ diskUuid: target.uuid, hasData: true, cbtEnabled: true, ours: false });
    expect(seen.sizeBytes).toBe(target.sizeBytes);
    unwrap(await connection.callAsync(z.string(), 'VDI.destroy', [taken]));
    unwrap(await connection.refresh());
    expect(connection.inventory().snapshots).toEqual([]);
    expect(disk(connection, 'web-01 system').snapshotUuids).toEqual([]);
  });

  const disks = () => new Map(connection.inventory().disks.map((one) => [one.uuid, one]));
});

describe('calls', () => {
  it('map the pool’s errors and keep the raw code', async () => {
    const failure = await failureOf(connection.call(z.string(), 'VDI.get_uuid', ['OpaqueRef:nothing']));
    expect(failure.code).toBe('object-gone');
    expect(failure.details).toMatch(/HANDLE_INVALID/);
  });

  it('refuse an answer of another shape', async () => {
    expect((await failureOf(connection.call(z.number(), 'pool.get_all', []))).code).toBe('unexpected-answer');
  });

  it('fail when their time is over, or when they are cancelled', async () => {
    await fault(connection, { kind: 'slow-call', method: 'pool.get_all', milliseconds: 2000, count: 2 });
    expect((await failureOf(connection.call(z.any(), 'pool.get_all', [], { timeout: 50 }))).code).toBe(
      'call-timeout',
    );
    const signal = AbortSignal.timeout(50);
    expect((await failureOf(connection.call(z.any(), 'pool.get_all', [], { signal }))).code).toBe(
      'cancelled',
    );
  });

  it('report a task’s own error', async () => {
    const ref = unwrap(await connection.reference('VDI', disk(connection, 'web-01 system').uuid));
    const failure = await failureOf(connection.callAsync(z.string(), 'VDI.list_changed_blocks', [ref, ref]));
    expect(['disk-in-use', 'changes-unrelated']).toContain(failure.code);
  });

  it('log in again by themselves when the session has expired', async () => {
    const changes: ConnectionChange[] = [];
    const other = await connectTo(demo, { onStateChange: (change) => changes.push(change) });
    try {
      await act(connection, 'expire-sessions');
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => other.call(z.array(z.string()), 'VM.get_all', [])),
      );
      expect(answers.map(({ ok }) => ok)).toEqual([true, true, true, true, true]);
      unwrap(await other.refresh());
      expect(changes.map(({ state }) => state)).toEqual(['connected']);
    } finally {
      await other.close();
    }
  });
});

describe('logging in', () => {
  it('names a wrong password without repeating it', async () => {
    const failure = await failureOf(
      connectPool({ ...demo, password: 'not-the-password', pin: { certPem: demo.certPem } }),
    );
    expect(failure.code).toBe('login-failed');
    expect(JSON.stringify(failure)).not.toContain('not-the-password');
  });

  it('names a pool that cannot be reached', async () => {
    const pin = { certPem: demo.certPem };
    const closed = await failureOf(connectPool({ ...demo, url: 'https://127.0.0.1:1', pin }));
    expect(closed).toMatchObject({
      code: 'pool-unreachable',
      details: expect.stringMatching(/ECONNREFUSED/),
    });
    expect((await failureOf(connectPool({ ...demo, url: 'http://127.0.0.1', pin }))).code).toBe(
      'bad-address',
    );
    expect((await failureOf(connectPool({ ...demo, pin: { sha256: 'ab' } }))).code).toBe('bad-fingerprint');
  });
});

describe('a lost pool', () => {
  it('is noticed, looked for with growing pauses, and found again with what changed meanwhile', async () => {
    const changes: ConnectionChange[] = [];
    const clock = instantClock();
    const other = await connectTo(demo, { clock, onStateChange: (change) => changes.push(change) });
    try {
      const found = stateReached(
        () => changes.map(({ state }) => state).join() === 'connected,lost,connected',
      );
      await fault(connection, { kind: 'drop-call', method: 'event.from', count: 4 });
      const ref = unwrap(await connection.reference('VM', vm(connection, 'mail-01').uuid));
      unwrap(await connection.call(z.unknown(), 'VM.set_name_label', [ref, 'mail-02']));
      await found;
      expect(changes[1].failure!.code).toBe('pool-unreachable');
      expect(vm(other, 'mail-02')).toBeDefined();
      const waits = clock.pauses.filter((pause) => pause >= 500);
      expect(waits).toEqual([...waits].sort((a, b) => a - b));
      expect(waits[0]).toBe(1000);
    } finally {
      await other.close();
    }
  });

  async function stateReached(isReached: () => boolean): Promise<void> {
    while (!isReached()) await new Promise((resolve) => setTimeout(resolve, 10));
  }
});

describe('NBD targets', () => {
  const targets = async () => {
    const target = disk(connection, 'web-01 system');
    const ref = unwrap(await connection.reference('VDI', target.uuid));
    const taken = unwrap(await connection.call(z.string(), 'VDI.snapshot', [ref, {}]));
    const uuid = unwrap(await connection.call(z.string(), 'VDI.get_uuid', [taken]));
    try {
      return await connection.nbdTargets(uuid);
    } finally {
      unwrap(await connection.callAsync(z.string(), 'VDI.destroy', [taken]));
    }
  };
  const setPurpose = async (purpose: readonly string[]) => {
    const networks = z.record(z.string(), z.object({ purpose: z.array(z.string()) }));
    for (const [ref, network] of Object.entries(
      unwrap(await connection.call(networks, 'network.get_all_records', [])),
    )) {
      for (const old of network.purpose)
        unwrap(await connection.call(z.any(), 'network.remove_purpose', [ref, old]));
      for (const one of purpose) unwrap(await connection.call(z.any(), 'network.add_purpose', [ref, one]));
      if (purpose.length > 0) break;
    }
    unwrap(await connection.refresh());
  };

  it('name host, port and certificate, IPv4 first and without a prefix length', async () => {
    const found = unwrap(await targets());
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]).toMatchObject({ tls: 'required', host: '127.0.0.1' });
    expect(found.every(({ host }) => !host.includes('/'))).toBe(true);
    const kinds = found.map(({ host }) => (host.includes(':') ? 6 : 4));
    expect(kinds).toEqual([...kinds].sort());
    expect(found[0].certPem).toContain('BEGIN CERTIFICATE');
  });

  it('follow the networks’ purpose', async () => {
    const networks = z.record(z.string(), z.object({ purpose: z.array(z.string()) }));
    const before = Object.entries(unwrap(await connection.call(networks, 'network.get_all_records', [])));
    try {
      await setPurpose([]);
      expect(connection.inventory().nbdAccess).toBe('none');
      expect((await failureOf(targets())).code).toBe('no-nbd-network');
      const [ref] = before.find(([, { purpose }]) => purpose.length > 0)!;
      unwrap(await connection.call(z.any(), 'network.add_purpose', [ref, 'insecure_nbd']));
      unwrap(await connection.refresh());
      expect(unwrap(await targets())[0]).toMatchObject({
        tls: 'none',
        certPem: expect.stringContaining('BEGIN'),
      });
    } finally {
      await setPurpose([]);
      for (const [ref, { purpose }] of before) {
        for (const one of purpose) unwrap(await connection.call(z.any(), 'network.add_purpose', [ref, one]));
      }
      unwrap(await connection.refresh());
    }
  });
});

describe('a task of ours', () => {
  it('shows progress and goes away', async () => {
    const tasks = z.record(z.string(), z.object({ name_label: z.string(), progress: z.number() }));
    const ours = async () =>
      Object.values(unwrap(await connection.call(tasks, 'task.get_all_records', []))).filter(
        ({ name_label: name }) => name === 'Deltascope test',
      );
    const task = unwrap(await connection.createTask('Deltascope test', ''));
    for (const fraction of [0, 0.5, 1]) unwrap(await task.setProgress(fraction));
    expect((await ours())[0].progress).toBeCloseTo(1, 4);
    unwrap(await task.finish('success'));
    expect(await ours()).toEqual([]);
  });
});
