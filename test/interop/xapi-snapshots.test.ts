import { connect } from 'node:tls';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { unwrap } from '../../src/shared/model/result';
import {
  blockMigration,
  changedBlocks,
  cleanLeftovers,
  finishSnapshot,
  leftovers,
  releaseMigration,
  setCbtEnabled,
  snapshotDisk,
  snapshotVm,
  takeSnapshotToKeep,
  type TakenSnapshot,
} from '../../src/main/engine/cbt';
import type { PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import { quickDemoPool } from '../fixtures/demo-pool';
import { act, connectTo, disk, fault, instantClock, snapshot, vm } from '../fixtures/pool-connection';

let demo: DemoPool;
let connection: PoolConnection;
const clock = instantClock();

beforeEach(async () => {
  demo = await quickDemoPool();
  connection = await connectTo(demo);
});
afterEach(async () => {
  await connection.close();
  await demo.close();
});

interface Remaining {
  readonly class: string;
  readonly uuid: string;
}
const remains = async () => act<Remaining[]>(connection, 'leftovers');
const finishable = ({ vmSnapshotUuid, disks, extraSnapshotUuids }: TakenSnapshot) => ({
  ...(vmSnapshotUuid === undefined ? {} : { vmSnapshotUuid }),
  snapshotUuids: disks.map(({ snapshotUuid }) => snapshotUuid),
  extraSnapshotUuids,
});
const take = async (name: string, options: { diskUuids?: readonly string[]; jobId?: string } = {}) =>
  unwrap(
    await snapshotVm(connection, {
      vmUuid: vm(connection, name).uuid,
      jobId: 'job-1',
      name: 'Deltascope',
      ...options,
    }),
  );
const remove = async (taken: TakenSnapshot) => {
  const done = unwrap(await finishSnapshot(connection, finishable(taken), 'remove', { clock }));
  expect(done.map(({ result }) => result)).toEqual(done.map(() => ({ ok: true, value: 'removed' })));
};
const write = (vdi: string, offset: number) =>
  act(connection, 'write', { vdi, offset: String(offset), data: Buffer.alloc(512, 7).toString('base64') });

describe('a snapshot taken by hand', () => {
  const byHand = () =>
    takeSnapshotToKeep(connection, {
      vmUuid: vm(connection, 'db-01').uuid,
      jobId: 'by-hand',
      clock: { ...clock, now: () => new Date('2026-03-01T17:00:05.400Z') },
    });

  it('bears its time as a name, stays with its data and is no leftover', async () => {
    const { name, disks } = unwrap(await byHand());
    expect(name).toBe('Deltascope 2026-03-01 17:00:05 UTC');
    expect(disks.length).toBeGreaterThan(1);
    unwrap(await connection.refresh());
    for (const { snapshotUuid } of disks)
      expect(snapshot(connection, snapshotUuid)).toMatchObject({ name, hasData: true });
    expect(unwrap(await leftovers(connection, { activeJobIds: new Set() }))).toEqual([]);
  });

  it('is a failure that names it when one of its disks could not be marked to be kept', async () => {
    await fault(connection, {
      kind: 'call-error',
      method: 'VDI.get_is_a_snapshot',
      code: 'RBAC_PERMISSION_DENIED',
      params: ['vdi.get_is_a_snapshot', 'no'],
    });
    expect(await byHand()).toMatchObject({
      ok: false,
      failure: {
        code: 'permission-denied',
        message: expect.stringMatching(/“Deltascope 2026-03-01 17:00:05 UTC” was taken but could not be/),
      },
    });
    unwrap(await connection.refresh());
    expect(unwrap(await leftovers(connection, { activeJobIds: new Set() })).length).toBe(1);
  });
});

describe('tracking', () => {
  it('is switched on and off per disk, each with its own result', async () => {
    const mail = disk(connection, 'mail-01 system').uuid;
    const scratch = disk(connection, 'build-01 scratch').uuid;
    const changes = await setCbtEnabled(connection, [mail, scratch, 'no-such-disk'], true);
    expect(changes.map(({ result }) => (result.ok ? 'on' : result.failure.code))).toEqual([
      'on',
      'storage-without-cbt',
      'object-gone',
    ]);
    unwrap(await connection.refresh());
    expect(disk(connection, 'mail-01 system').cbtEnabled).toBe(true);
    await setCbtEnabled(connection, [mail], false);
    unwrap(await connection.refresh());
    expect(disk(connection, 'mail-01 system').cbtEnabled).toBe(false);
  });
});

describe('a snapshot', () => {
  it('covers all disks of a VM and is marked as ours, after tracking was switched on', async () => {
    const taken = unwrap(
      await snapshotVm(connection, {
        vmUuid: vm(connection, 'mail-01').uuid,
        jobId: 'job-7',
        name: 'Deltascope',
        enableCbt: true,
      }),
    );
    unwrap(await connection.refresh());
    expect(disk(connection, 'mail-01 system').cbtEnabled).toBe(true);
    expect(taken.cbtFailures).toEqual([]);
    expect(taken.disks.map(({ cbtEnabled }) => cbtEnabled)).toEqual([true]);
    expect(snapshot(connection, taken.disks[0].snapshotUuid)).toMatchObject({
      ours: true,
      jobId: 'job-7',
      vmSnapshotUuid: taken.vmSnapshotUuid,
      sizeBytes: taken.disks[0].sizeBytes,
    });
    await remove(taken);
    expect(await remains()).toEqual([]);
  });

  it('switches tracking on again that was lost a moment ago, of which nothing has been heard yet', async () => {
    const { uuid, cbtEnabled } = disk(connection, 'gateway-01 flash');
    expect(cbtEnabled).toBe(true);
    const before = connection.inventory();
    const late = new Proxy(connection, {
      get: (target, key) => {
        if (key === 'inventory') return () => before;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    await fault(connection, { kind: 'cbt-lost', vdi: uuid });
    const vmUuid = vm(connection, 'gateway-01').uuid;
    const taken = unwrap(
      await snapshotVm(late, { vmUuid, jobId: 'job-8', name: 'Deltascope', enableCbt: true }),
    );
    expect(taken.cbtFailures).toEqual([]);
    expect(taken.disks.map((one) => one.cbtEnabled)).toEqual([true]);
    await remove(taken);
  });

  it('leaves out the disks nobody wants; on older pools it removes their snapshots afterwards', async () => {
    const data = disk(connection, 'db-01 data').uuid;
    const taken = await take('db-01', { diskUuids: [data] });
    expect(taken.disks.map(({ diskUuid }) => diskUuid)).toEqual([data]);
    expect(taken.extraSnapshotUuids).toEqual([]);
    await remove(taken);

    await fault(connection, {
      kind: 'call-error',
      method: 'VM.snapshot',
      code: 'MESSAGE_PARAMETER_COUNT_MISMATCH',
      params: ['VM.snapshot', '2', '3'],
    });
    const old = await take('db-01', { diskUuids: [data] });
    expect(old.disks.map(({ diskUuid }) => diskUuid)).toEqual([data]);
    expect(old.extraSnapshotUuids).toHaveLength(1);
    await remove(old);
    expect(await remains()).toEqual([]);
  });

  it('that cannot be marked does not stay', async () => {
    await fault(connection, {
      kind: 'call-error',
      method: 'VDI.add_to_other_config',
      code: 'RBAC_PERMISSION_DENIED',
      params: ['VDI.add'],
    });
    const failed = await snapshotVm(connection, {
      vmUuid: vm(connection, 'web-01').uuid,
      jobId: 'j',
      name: 'n',
    });
    expect(failed).toMatchObject({ ok: false, failure: { code: 'permission-denied' } });
    expect(await remains()).toEqual([]);
  });

  it('can be of one disk without its VM', async () => {
    const taken = unwrap(
      await snapshotDisk(connection, {
        diskUuid: disk(connection, 'web-01 system').uuid,
        jobId: 'j',
        name: 'Deltascope',
      }),
    );
    expect(taken.vmSnapshotUuid).toBeUndefined();
    unwrap(await connection.refresh());
    expect(snapshot(connection, taken.disks[0].snapshotUuid)).toMatchObject({
      ours: true,
      name: 'Deltascope',
    });
    await remove(taken);
    expect(await remains()).toEqual([]);
  });
});

describe('changed blocks', () => {
  it('are exactly the written ones, most significant bit first', async () => {
    const live = disk(connection, 'web-01 system');
    const first = await take('web-01');
    for (const block of [0, 3, 1000]) await write(live.uuid, block * 65_536 + 512);
    const second = await take('web-01');
    const [from, to] = [first.disks[0], second.disks[0]];
    const bitmap = unwrap(await changedBlocks(connection, from.snapshotUuid, to.snapshotUuid, to.sizeBytes));
    expect([...bitmap.runs()]).toEqual([
      [0, 1],
      [3, 4],
      [1000, 1001],
    ]);
    expect(bitmap.bytes[0]).toBe(0b1001_0000);

    const reversed = await changedBlocks(connection, to.snapshotUuid, from.snapshotUuid, to.sizeBytes);
    expect(reversed).toMatchObject({ ok: false, failure: { code: 'changes-unrelated' } });
    const misfit = await changedBlocks(connection, from.snapshotUuid, to.snapshotUuid, to.sizeBytes * 2);
    expect(misfit).toMatchObject({ ok: false, failure: { code: 'change-log-inconsistent' } });
    await remove(first);
    await remove(second);
  });

  it('wait for a snapshot that is in use, but not for ever', async () => {
    const first = await take('web-01');
    const second = await take('web-01');
    const [from, to] = [first.disks[0], second.disks[0]];
    const ask = (count: number, patience: number) =>
      fault(connection, {
        kind: 'call-error',
        method: 'VDI.list_changed_blocks',
        code: 'VDI_IN_USE',
        params: ['r', 'list_changed_blocks'],
        count,
      }).then(() =>
        changedBlocks(connection, from.snapshotUuid, to.snapshotUuid, to.sizeBytes, { clock, patience }),
      );
    expect((await ask(3, 60_000)).ok).toBe(true);
    expect(await ask(50, 2000)).toMatchObject({ ok: false, failure: { code: 'disk-in-use' } });
    await act(connection, 'clear-faults');
    await remove(first);
    await remove(second);
  });
});

describe('after an export', () => {
  it('a purge leaves the change log and nothing else, and it is still a base', async () => {
    const live = disk(connection, 'web-01 system');
    const first = await take('web-01');
    const [purged] = unwrap(await finishSnapshot(connection, finishable(first), 'purge', { clock }));
    expect(purged.result).toEqual({ ok: true, value: 'purged' });
    const { snapshotUuid } = first.disks[0];
    expect(await remains()).toEqual([expect.objectContaining({ class: 'VDI', uuid: snapshotUuid })]);
    const ref = unwrap(await connection.reference('VDI', snapshotUuid));
    expect(unwrap(await connection.call(z.string(), 'VDI.get_type', [ref]))).toBe('cbt_metadata');
    unwrap(await connection.refresh());
    expect(snapshot(connection, snapshotUuid)).toMatchObject({
      hasData: false,
      cbtEnabled: true,
      ours: true,
    });
    expect(snapshot(connection, snapshotUuid)!.sizeBytes).toBeUndefined();

    await write(live.uuid, 5 * 65_536);
    const second = await take('web-01');
    const to = second.disks[0];
    const bitmap = unwrap(await changedBlocks(connection, snapshotUuid, to.snapshotUuid, to.sizeBytes));
    expect([...bitmap.runs()]).toEqual([[5, 6]]);
    await remove(second);
    await remove({ ...first, vmSnapshotUuid: undefined });
    expect(await remains()).toEqual([]);
  });

  it('a purge waits until an NBD connection has let go of the snapshot', async () => {
    const taken = await take('web-01');
    const socket = await openNbd(taken.disks[0].snapshotUuid);
    const purging = finishSnapshot(connection, finishable(taken), 'purge', {
      clock: {
        now: () => new Date(),
        sleep: async () => {
          socket.destroy();
          await new Promise((resolve) => setTimeout(resolve, 30));
        },
      },
    });
    expect(unwrap(await purging)[0].result).toEqual({ ok: true, value: 'purged' });
    await remove(taken);
  });

  it('a purge without a change log removes the snapshot and says so', async () => {
    const taken = await take('build-01');
    const [done] = unwrap(await finishSnapshot(connection, finishable(taken), 'purge', { clock }));
    expect(done.result).toEqual({ ok: true, value: 'removed' });
    expect(await remains()).toEqual([]);
  });

  it('snapshots of others are refused, unless the admin asked', async () => {
    const ref = unwrap(await connection.reference('VDI', disk(connection, 'web-01 system').uuid));
    const foreign = unwrap(await connection.call(z.string(), 'VDI.snapshot', [ref, {}]));
    const uuid = unwrap(await connection.call(z.string(), 'VDI.get_uuid', [foreign]));
    const finish = async (after: 'keep' | 'purge' | 'remove', force: boolean) =>
      unwrap(await finishSnapshot(connection, { snapshotUuids: [uuid] }, after, { clock, force }))[0].result;
    expect(await finish('remove', false)).toMatchObject({ ok: false, failure: { code: 'not-ours' } });
    expect(await finish('purge', false)).toMatchObject({ ok: false, failure: { code: 'not-ours' } });
    expect(await finish('keep', false)).toEqual({ ok: true, value: 'kept' });
    expect(await finish('remove', true)).toEqual({ ok: true, value: 'removed' });
    expect(await finish('remove', true)).toEqual({ ok: true, value: 'gone' });
  });

  it('a live disk is never removed, even when asked', async () => {
    const uuid = disk(connection, 'web-01 system').uuid;
    const [done] = unwrap(
      await finishSnapshot(connection, { snapshotUuids: [uuid] }, 'remove', { clock, force: true }),
    );
    expect(done.result).toMatchObject({ ok: false, failure: { code: 'not-a-snapshot' } });
  });

  it('marks that were copied to another snapshot do not make it ours', async () => {
    const taken = await take('web-01');
    const ref = unwrap(await connection.reference('VDI', taken.disks[0].snapshotUuid));
    const marks = unwrap(
      await connection.call(z.record(z.string(), z.string()), 'VDI.get_other_config', [ref]),
    );
    const live = unwrap(await connection.reference('VDI', disk(connection, 'web-01 system').uuid));
    const copy = unwrap(await connection.call(z.string(), 'VDI.snapshot', [live, {}]));
    unwrap(await connection.call(z.any(), 'VDI.set_other_config', [copy, marks]));
    const uuid = unwrap(await connection.call(z.string(), 'VDI.get_uuid', [copy]));
    const [done] = unwrap(await finishSnapshot(connection, { snapshotUuids: [uuid] }, 'remove', { clock }));
    expect(done.result).toMatchObject({ ok: false, failure: { code: 'not-ours' } });
    unwrap(await finishSnapshot(connection, { snapshotUuids: [uuid] }, 'remove', { clock, force: true }));
    await remove(taken);
    expect(await remains()).toEqual([]);
  });
});

describe('migration', () => {
  const blocked = async (uuid: string) => {
    const ref = unwrap(await connection.reference('VM', uuid));
    return unwrap(
      await connection.call(z.record(z.string(), z.string()), 'VM.get_blocked_operations', [ref]),
    );
  };

  it('is blocked while a snapshot is read and released exactly', async () => {
    const taken = await take('web-01');
    const uuid = taken.vmSnapshotUuid!;
    const ref = unwrap(await connection.reference('VM', uuid));
    unwrap(
      await connection.call(z.any(), 'VM.add_to_blocked_operations', [ref, 'pool_migrate', 'by an admin']),
    );
    const block = unwrap(await blockMigration(connection, uuid, 'Deltascope reads this snapshot'));
    expect(await blocked(uuid)).toEqual({
      pool_migrate: 'by an admin',
      migrate_send: 'Deltascope reads this snapshot',
    });
    unwrap(await releaseMigration(connection, block));
    expect(await blocked(uuid)).toEqual({ pool_migrate: 'by an admin' });
    await remove(taken);
    expect((await releaseMigration(connection, block)).ok).toBe(true);
  });
});

describe('leftovers', () => {
  it('are found, with what hangs on a control domain, and cleaned', async () => {
    const taken = await take('db-01', { jobId: 'crashed' });
    const kept = await take('web-01', { jobId: 'finished' });
    unwrap(await finishSnapshot(connection, finishable(kept), 'keep', { clock }));
    const socket = await openNbd(taken.disks[0].snapshotUuid);
    const active = unwrap(await leftovers(connection, { activeJobIds: new Set(['crashed']) }));
    expect(active).toEqual([]);
    const found = unwrap(await leftovers(connection, { activeJobIds: new Set() }));
    expect(found.map(({ kind, jobId }) => [kind, jobId])).toEqual([
      ['attachment', 'crashed'],
      ['vm-snapshot', 'crashed'],
      ['disk-snapshot', 'crashed'],
      ['disk-snapshot', 'crashed'],
    ]);
    const cleaned = await cleanLeftovers(connection, found, { clock });
    socket.destroy();
    expect(cleaned.map(({ result }) => result.ok)).toEqual([true, true, true, true]);
    expect(unwrap(await leftovers(connection, { activeJobIds: new Set() }))).toEqual([]);
    expect(unwrap(await leftovers(connection, { activeJobIds: new Set(), includeKept: true }))).toHaveLength(
      2,
    );
    await remove(kept);
    expect(await remains()).toEqual([]);
  });
});

/** Opens an export as far as the host's answer, which attaches the snapshot to a control domain. */
async function openNbd(uuid: string) {
  const [target] = unwrap(await connection.nbdTargets(uuid));
  const { createConnection } = await import('node:net');
  const plain = createConnection(target.port, target.host);
  await read(plain, 18);
  plain.write(Buffer.concat([u32(1), option(5, '')]));
  await read(plain, 20);
  const socket = connect({ socket: plain, rejectUnauthorized: false, maxVersion: 'TLSv1.2' });
  await once(socket, 'secureConnect');
  socket.write(option(1, target.exportName));
  await read(socket, 134);
  return socket;
}

const u32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
};
const option = (number: number, data: string): Buffer =>
  Buffer.concat([Buffer.from('IHAVEOPT'), u32(number), u32(Buffer.byteLength(data)), Buffer.from(data)]);

async function read(socket: NodeJS.ReadableStream, length: number): Promise<void> {
  let have = 0;
  while (have < length) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    have += chunk.length;
  }
}
