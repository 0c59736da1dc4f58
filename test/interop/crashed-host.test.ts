import { expect, it } from 'vitest';
import { z } from 'zod';
import { planExport } from '../../src/main/engine/export/plan/plan-export';
import { unwrap } from '../../src/shared/model/result';
import { beforeSnapshot } from '../fixtures/before-snapshot';
import { runExport, truthOf, type ExportedJob } from '../fixtures/exporting';
import { cutOffAfter } from '../fixtures/interrupted-export';
import { judgeExport } from '../fixtures/judge-export';
import { act, disk, vm } from '../fixtures/pool-connection';
import { connection, folder, jobs, poolPerTest, to } from '../fixtures/pool-per-test';

poolPerTest();

const MIB = 1024 * 1024;
const LOST = 'the change log of web-01 system may lack changes';
const WROTE = Buffer.alloc(65_536, 9).toString('base64');
/** Of a VM that runs on the first host. */
const web = () => disk(connection, 'web-01 system').uuid;
const write = (megabyte: number) =>
  act(connection, 'write', { vdi: web(), offset: String(megabyte * MIB), data: WROTE });
const exportWeb = (after: 'keep' | 'purge' = 'purge', options = {}) =>
  runExport(connection, { diskUuids: [web()], targetFolder: to, after }, options);
const judge = async (exported: ExportedJob) => {
  expect(exported.job.state).toBe('done');
  await judgeExport('qcow2', exported, await truthOf(connection, web(), folder.path));
};
const call = async (method: string, ...parameters: unknown[]): Promise<unknown> =>
  unwrap(await connection.call(z.unknown(), method, parameters));
const records = async (name: string) => {
  const schema = z.record(z.string(), z.record(z.string(), z.unknown()));
  return Object.entries(schema.parse(await call(`${name}.get_all_records`)));
};
const host = async (at: number) => (await records('host'))[at];
const crash = async (at: number) => act(connection, 'crash-host', { host: String((await host(at))[1].uuid) });
const refOf = async (name: string) => unwrap(await connection.reference('VM', vm(connection, name).uuid));
const callVm = async (method: string, ...parameters: unknown[]) =>
  call(method, await refOf('web-01'), ...parameters);
const startVm = () => callVm('VM.start', false, false);
const hide = () => callVm('VM.snapshot', 'somebody else’s', []);
/** Takes the disk from the VMs that have it, and attaches it to one that is halted. */
const giveToGateway = async () => {
  const VDI = await call('VDI.get_by_uuid', web());
  const vbds = z.array(z.string()).parse(await call('VDI.get_VBDs', VDI));
  for (const vbd of vbds) await call('VBD.destroy', vbd);
  const fixed = { userdevice: 'autodetect', bootable: false, mode: 'RW', type: 'Disk', empty: false };
  await call('VBD.create', { ...fixed, VM: await refOf('gateway-01'), VDI });
};
const startAndShutDownGateway = async () => {
  await call('VM.start', await refOf('gateway-01'), false, false);
  await call('VM.hard_shutdown', await refOf('gateway-01'));
};
const deleteMessages = async (which: (name: unknown) => boolean = () => true) => {
  for (const [ref, { name }] of await records('message')) if (which(name)) await call('message.destroy', ref);
};
/** Longer than the clocks of a pool may differ. */
const laterOn = () => act(connection, 'advance-clock', { milliseconds: String(10 * 60_000) });

it('a disk whose host crashed is exported in full while its VM is halted; then tracking is relied on again', async () => {
  await exportWeb();
  await write(8);
  await crash(0);
  unwrap(await connection.refresh());
  const asked = { poolId: connection.poolUuid, diskUuids: [web()], targetFolder: to, skipUnchanged: true };
  const choices = { format: 'qcow2', mode: 'cbt', base: 'auto', after: 'purge' } as const;
  const refused = unwrap(await planExport(connection, { ...asked, ...choices }));
  expect(refused).toMatchObject({ canStart: false, disks: [{ reason: expect.stringContaining(LOST) }] });
  await laterOn();
  const full = await exportWeb();
  expect(full.manifest).toMatchObject({ mode: 'full', reason: expect.stringContaining(LOST) });
  await judge(full);
  await write(9);
  await startVm();
  await write(10);
  const increment = await exportWeb();
  expect(increment.manifest).toMatchObject({ mode: 'cbt', parent: { id: full.manifest.id } });
  await judge(increment);
});

it('it is compared with a base that has its data', async () => {
  await exportWeb('keep');
  await write(8);
  await crash(0);
  const compared = await exportWeb('keep');
  expect(compared.manifest).toMatchObject({ mode: 'compare', reason: expect.stringContaining(LOST) });
  await judge(compared);
});

it('somebody else’s snapshot before the next start hides the crash: the host tells of it', async () => {
  await exportWeb();
  await write(8);
  await crash(0);
  await hide();
  await startVm();
  expect(disk(connection, 'web-01 system').cbtEnabled).toBe(true);
  const full = await exportWeb();
  expect(full.manifest).toMatchObject({ mode: 'full', reason: expect.stringContaining(LOST) });
  await judge(full);
});

it('a host that crashes after the plan was made is noticed once the snapshot is there', async () => {
  const before = (await exportWeb()).manifest.use?.hosts[0].upSince;
  expect(before).toBeDefined();
  await write(8);
  const wish = { diskUuids: [web()], targetFolder: to };
  const full = await beforeSnapshot(connection, wish, () => crash(0));
  expect(full.plan.disks[0].mode).toBe('cbt');
  expect(full.manifest).toMatchObject({ mode: 'full', reason: expect.stringContaining(LOST) });
  await judge(full);
  // What the next export goes by was looked at before.
  expect(full.manifest.use?.hosts[0].upSince).toBe(before);
});

it('of a disk that is gone once the snapshot is there, nothing tells of a crash', async () => {
  await exportWeb();
  await write(8);
  let isGone = false;
  const seen = new Proxy(connection, {
    get: (target, key) => {
      if (key === 'diskFacts')
        return (uuid: string) => (isGone && uuid === web() ? undefined : target.diskFacts(uuid));
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  const wish = { diskUuids: [web()], targetFolder: to };
  const full = await runExport(seen, wish, { meanwhile: () => void (isGone = true) });
  expect(full.plan.disks[0].mode).toBe('cbt');
  const reason = expect.stringContaining('it is not known whether marks of changed blocks were lost');
  expect(full.manifest).toMatchObject({ mode: 'full', reason });
});

it('a host that crashes while a job is interrupted crashed after its snapshot', async () => {
  const wish = { diskUuids: [web()], targetFolder: to };
  const { job } = await jobs.start(wish, cutOffAfter(4 * MIB));
  expect(job.state).toBe('interrupted');
  await write(8);
  await laterOn();
  await crash(0);
  const resumed = await jobs.resume(job.id);
  expect(resumed.job.state).toBe('done');
  const full = await exportWeb();
  expect(full.manifest).toMatchObject({ mode: 'full', reason: expect.stringContaining(LOST) });
  await judge(full);
});

it.each<[string, () => Promise<unknown>]>([
  [
    'the VM runs on while another host crashes',
    async () => {
      await crash(1);
      await deleteMessages();
    },
  ],
  ['the VM is moved', async () => callVm('VM.pool_migrate', (await host(1))[0], {})],
  ['the guest powers off', () => act(connection, 'guest-power-off', { vm: vm(connection, 'web-01').uuid })],
  [
    'the disk is given to another VM',
    async () => {
      await callVm('VM.hard_shutdown');
      await giveToGateway();
    },
  ],
])('tracking is relied on when %s', async (_, happen) => {
  await exportWeb();
  await write(8);
  await happen();
  const increment = await exportWeb();
  expect(increment.manifest).toMatchObject({ mode: 'cbt' });
  await judge(increment);
});

/** After the first export; what is done before it prepares for that. */
it.each<{ although: string; before?: () => Promise<unknown>; happen: () => Promise<unknown> }>([
  {
    although: 'the disk is given to a VM that was shut down in order',
    before: startAndShutDownGateway,
    happen: giveToGateway,
  },
  {
    although: 'it is, after a snapshot, and that VM is started',
    before: startAndShutDownGateway,
    happen: async () => {
      await hide();
      await giveToGateway();
      await call('VM.start', await refOf('gateway-01'), false, false);
    },
  },
  {
    although: 'its VM is destroyed, and the disk given to another',
    before: startAndShutDownGateway,
    happen: async () => {
      await callVm('VM.destroy');
      await giveToGateway();
    },
  },
  {
    although: 'all messages are deleted, and its VM runs again',
    happen: async () => {
      await hide();
      await startVm();
      await deleteMessages();
    },
  },
  {
    although: 'a shutdown in order is the only message',
    happen: async () => {
      await hide();
      await startVm();
      await deleteMessages();
      await callVm('VM.hard_shutdown');
    },
  },
  {
    although: 'a shutdown of before is the last message',
    before: async () => {
      await callVm('VM.hard_shutdown');
      await callVm('VM.start_on', (await host(0))[0], false, false);
    },
    happen: () => deleteMessages((name) => name === 'VM_STARTED'),
  },
  {
    although: 'the clock of the host was hours behind when it came back',
    happen: async () => {
      const [ref] = await host(0);
      await call('host.remove_from_other_config', ref, 'boot_time');
      const behind = Math.floor(Date.now() / 1000) - 3 * 3600;
      await call('host.add_to_other_config', ref, 'boot_time', `${behind}.`);
    },
  },
])('a crash is seen although $although', async ({ before, happen }) => {
  await before?.();
  await laterOn();
  await exportWeb();
  await laterOn();
  await write(8);
  await crash(0);
  await happen();
  const full = await exportWeb();
  expect(full.manifest).toMatchObject({ mode: 'full', reason: expect.stringContaining(LOST) });
  await judge(full);
});
