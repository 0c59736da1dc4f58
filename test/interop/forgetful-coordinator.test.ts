import { beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { unwrap } from '../../src/shared/model/result';
import { runExport, truthOf } from '../fixtures/exporting';
import { judgeExport } from '../fixtures/judge-export';
import { act, vm } from '../fixtures/pool-connection';
import { connection, folder, poolPerTest, to } from '../fixtures/pool-per-test';

/** A coordinator that crashes forgets up to five minutes: XAPI writes its database no sooner. */
poolPerTest();

const MIB = 1024 * 1024;
const call = async (method: string, ...args: unknown[]): Promise<unknown> =>
  unwrap(await connection.call(z.unknown(), method, args));
const text = async (method: string, ref: string): Promise<string> =>
  z.string().parse(await call(method, ref));
const settings = z.record(z.string(), z.string());

interface Host {
  readonly ref: string;
  readonly uuid: string;
}
const hostAt = async (ref: string): Promise<Host> => ({ ref, uuid: await text('host.get_uuid', ref) });
let coordinator: Host;
beforeEach(async () => {
  const pools = z.record(z.string(), z.object({ master: z.string() }));
  const [{ master }] = Object.values(pools.parse(await call('pool.get_all_records')));
  coordinator = await hostAt(master);
});

/** A VM that runs on another host than the coordinator, with the first of its disks. */
async function onSupporter(name: string) {
  const { uuid: vmUuid } = vm(connection, name);
  const { disks } = connection.inventory();
  const disk = disks.find(({ attachments }) => attachments.some((each) => each.vmUuid === vmUuid))!;
  const vmRef = unwrap(await connection.reference('VM', vmUuid));
  const supporter = await hostAt(await text('VM.get_resident_on', vmRef));
  expect(supporter.uuid).not.toBe(coordinator.uuid);
  return { vmUuid, vmRef, diskUuid: disk.uuid, supporter };
}
const write = (vdi: string, megabyte: number) =>
  act(connection, 'write', {
    vdi,
    offset: String(megabyte * MIB),
    data: Buffer.alloc(65_536, 77).toString('base64'),
  });
const crash = async ({ uuid }: Host) => {
  await act(connection, 'advance-clock', { milliseconds: '120000' });
  await act(connection, 'crash-host', { host: uuid });
};
async function judgeNext(diskUuid: string): Promise<void> {
  const next = await runExport(connection, { diskUuids: [diskUuid], targetFolder: to });
  expect(next.manifest.reason).toMatch(/^The pool’s coordinator xcp-demo-\d was restarted, went down/);
  await judgeExport('qcow2', next, await truthOf(connection, diskUuid, folder.path));
}

it('a VM had been moved to it: its marks went down with it, though the VM seems to have run elsewhere all the time', async () => {
  const { vmUuid, vmRef, diskUuid, supporter } = await onSupporter('files-01');
  const domain = String(await call('VM.get_domid', vmRef));
  await runExport(connection, { diskUuids: [diskUuid], targetFolder: to });
  await call('VM.pool_migrate', vmRef, coordinator.ref, {});
  await write(diskUuid, 100);
  await crash(coordinator);
  await act(connection, 'forget-move', { vm: vmUuid, host: supporter.uuid, domain });
  await judgeNext(diskUuid);
});

it('another host had crashed, and seems to have been up all the time', async () => {
  const { vmRef, diskUuid, supporter } = await onSupporter('mail-01');
  unwrap(await connection.call(z.unknown(), 'VDI.enable_cbt', [await call('VDI.get_by_uuid', diskUuid)]));
  await runExport(connection, { diskUuids: [diskUuid], targetFolder: to });
  const before = settings.parse(await call('host.get_other_config', supporter.ref));
  await write(diskUuid, 100);
  await crash(supporter);
  await call('VM.snapshot', vmRef, 'somebody else’s', []);
  await call('VM.start_on', vmRef, supporter.ref, false, false);
  await crash(coordinator);
  for (const key of ['boot_time', 'agent_start_time']) {
    await call('host.remove_from_other_config', supporter.ref, key);
    await call('host.add_to_other_config', supporter.ref, key, before[key]);
  }
  await judgeNext(diskUuid);
});
