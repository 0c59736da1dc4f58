import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  cleanLeftovers,
  completeDisk,
  createUnfinished,
  finishSnapshot,
  leftovers,
  snapshotDisk,
  snapshotVm,
  unproved,
} from '../../src/main/engine/cbt';
import type { Clock, PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import { unwrap } from '../../src/shared/model/result';
import { quickDemoPool } from '../fixtures/demo-pool';
import { act, connectTo, disk, fault, vm } from '../fixtures/pool-connection';

let demo: DemoPool;
let connection: PoolConnection;

beforeEach(async () => {
  demo = await quickDemoPool();
  connection = await connectTo(demo);
});
afterEach(async () => {
  await connection.close();
  await demo.close();
});

const MIB = 1024 * 1024;
const REMOVE = 'VDI.remove_from_other_config';
const list = async () => unwrap(await leftovers(connection, { activeJobIds: new Set() }));
const busyOnce = (method: string) => fault(connection, { kind: 'call-error', method, code: 'VDI_IN_USE' });
const exists = async (name: 'VM' | 'VDI', uuid: string) => (await connection.reference(name, uuid)).ok;

/** While the cleaning waits for something that is in use, something else happens. */
function clockWith(meanwhile: () => Promise<unknown>): Clock & { waits: number } {
  const clock = {
    waits: 0,
    now: () => new Date(),
    sleep: async () => {
      clock.waits++;
      await meanwhile();
    },
  };
  return clock;
}

/** A disk whose restore is at work. */
const restoring = () =>
  createUnfinished(connection, {
    jobId: 'restoring',
    storageUuid: connection.inventory().storages.find(({ type }) => type === 'nfs')!.uuid,
    name: 'restored',
    description: '',
    sizeBytes: 4 * MIB,
    signal: new AbortController().signal,
  });

describe('cleaning waits for something in use, and meanwhile its owner comes to a good end', () => {
  it('a disk whose restore is complete by now stays', async () => {
    const made = await restoring();
    const found = await list();
    expect(found.map(({ kind }) => kind)).toEqual(['unfinished-disk']);
    await busyOnce('VDI.destroy');
    const clock = clockWith(() => completeDisk(connection, made));
    const [{ result }] = await cleanLeftovers(connection, found, { clock });
    expect(clock.waits).toBe(1);
    expect(result).toMatchObject({ ok: false, failure: { code: 'not-ours' } });
    expect(await exists('VDI', made.uuid)).toBe(true);
  });

  it('a VM’s snapshot that an export keeps by now stays', async () => {
    const { uuid } = vm(connection, 'web-01');
    const { vmSnapshotUuid, disks } = unwrap(
      await snapshotVm(connection, { vmUuid: uuid, jobId: 'exporting', name: 'n' }),
    );
    const found = (await list()).filter(({ kind }) => kind === 'vm-snapshot');
    await busyOnce('VM.destroy');
    const snapshotUuids = disks.map(({ snapshotUuid }) => snapshotUuid);
    const clock = clockWith(async () =>
      unwrap(await finishSnapshot(connection, { vmSnapshotUuid: vmSnapshotUuid!, snapshotUuids }, 'keep')),
    );
    const [{ result }] = await cleanLeftovers(connection, found, { clock });
    expect(clock.waits).toBe(1);
    expect(result).toMatchObject({ ok: false, failure: { code: 'kept-meanwhile' } });
    expect(await exists('VM', vmSnapshotUuid!)).toBe(true);
  });

  it.each(['kept', 'no longer ours'])('a disk’s snapshot that is %s by now stays', async (how) => {
    const { uuid: diskUuid } = disk(connection, 'gateway-01 flash');
    const taken = unwrap(await snapshotDisk(connection, { diskUuid, jobId: 'exporting', name: 'n' }));
    const [{ snapshotUuid }] = taken.disks;
    const ref = unwrap(await connection.reference('VDI', snapshotUuid));
    const found = await list();
    expect(found.map(({ uuid }) => uuid)).toEqual([snapshotUuid]);
    await busyOnce('VDI.destroy');
    const clock = clockWith(async () =>
      how === 'kept'
        ? unwrap(await finishSnapshot(connection, { snapshotUuids: [snapshotUuid] }, 'keep'))
        : unwrap(await connection.call(z.unknown(), REMOVE, [ref, 'deltascope:uuid'])),
    );
    const [{ result }] = await cleanLeftovers(connection, found, { clock });
    expect(clock.waits).toBe(1);
    const code = how === 'kept' ? 'kept-meanwhile' : 'not-ours';
    expect(result).toMatchObject({ ok: false, failure: { code } });
    expect(await exists('VDI', snapshotUuid)).toBe(true);
  });
});

it('a copy that somebody makes of a restore’s disk before that is marked as the original stays', async () => {
  await fault(connection, { kind: 'hold-call', method: 'VDI.add_to_other_config' });
  const making = restoring();
  const named = () => unproved(connection, new Set());
  while (named().length === 0) unwrap(await connection.refresh());
  const original = unwrap(await connection.reference('VDI', named()[0].uuid));
  const copyRef = unwrap(await connection.callAsync(z.string(), 'VDI.clone', [original, {}]));
  const copy = unwrap(await connection.call(z.string(), 'VDI.get_uuid', [copyRef]));
  await act(connection, 'release-calls');
  const { uuid } = await making;
  const found = await list();
  expect(found).toMatchObject([{ kind: 'unfinished-disk', uuid }]);
  expect(named()).toMatchObject([{ kind: 'unfinished-disk', uuid: copy, jobIdStart: 'restoring' }]);
  expect(unproved(connection, new Set(['restoring']))).toEqual([]);
  const cleaned = await cleanLeftovers(connection, [...found, { ...found[0], uuid: copy }]);
  expect(cleaned.map(({ result }) => (result.ok ? 'removed' : result.failure.code))).toEqual([
    'removed',
    'not-ours',
  ]);
  expect(await exists('VDI', uuid)).toBe(false);
  expect(await exists('VDI', copy)).toBe(true);
});

describe('an unfinished disk that is given away after leftovers were listed', () => {
  const giveTo = async (holder: string, disk: string) =>
    unwrap(
      await connection.call(z.string(), 'VBD.create', [
        {
          ...{ VM: holder, VDI: disk, userdevice: '9', bootable: false, mode: 'RW', type: 'Disk' },
          ...{ empty: false, unpluggable: true, other_config: {} },
          ...{ qos_algorithm_type: '', qos_algorithm_params: {} },
        },
      ]),
    );
  const halted = async () => {
    const { uuid, powerState } = vm(connection, 'gateway-01');
    expect(powerState).toBe('halted');
    return unwrap(await connection.reference('VM', uuid));
  };

  const controlDomain = async () =>
    unwrap(
      await connection.call(z.array(z.string()), 'VM.get_by_name_label', [
        'Control domain on host: xcp-demo-1',
      ]),
    )[0];

  it.each(['before the cleaning', 'while the cleaning waits'])(
    'to a halted VM stays, and the failure names the VM: %s',
    async (when) => {
      const { uuid, ref } = await restoring();
      const found = await list();
      expect(found).toMatchObject([{ kind: 'unfinished-disk', uuid }]);
      const give = async () => giveTo(await halted(), ref);
      const waits = when === 'while the cleaning waits';
      if (waits) await busyOnce('VDI.destroy');
      else await give();
      const clock = clockWith(give);
      const [{ result }] = await cleanLeftovers(connection, found, { clock });
      expect(clock.waits).toBe(waits ? 1 : 0);
      expect(result).toMatchObject({
        ok: false,
        failure: { code: 'held-by-vm', message: expect.stringContaining('“gateway-01”') },
      });
      expect(await exists('VDI', uuid)).toBe(true);
      expect(await list()).toEqual([]);
    },
  );

  it('to a control domain that does not let go of it stays, although nothing is plugged', async () => {
    const { uuid, ref } = await restoring();
    const found = await list();
    await giveTo(await controlDomain(), ref);
    const [{ result }] = await cleanLeftovers(connection, found, {
      clock: clockWith(() => Promise.resolve()),
    });
    expect(result).toMatchObject({ ok: false, failure: { code: 'disk-in-use' } });
    expect(await exists('VDI', uuid)).toBe(true);
  });

  it('to a control domain, which only reads it for somebody, stays until that lets go of it', async () => {
    const { uuid, ref } = await restoring();
    const found = await list();
    const vbd = await giveTo(await controlDomain(), ref);
    const still: boolean[] = [];
    const clock = clockWith(async () => {
      still.push(await exists('VDI', uuid));
      if (still.length === 3) unwrap(await connection.call(z.unknown(), 'VBD.destroy', [vbd]));
    });
    const [{ result }] = await cleanLeftovers(connection, found, { clock });
    expect(still).toEqual([true, true, true]);
    expect(result).toMatchObject({ ok: true });
    expect(await exists('VDI', uuid)).toBe(false);
  });
});
