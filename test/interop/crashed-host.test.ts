import { expect, it } from 'vitest';
import { z } from 'zod';
import { planExport } from '../../src/main/engine/export/plan/plan-export';
import { unwrap } from '../../src/shared/model/result';
import { runExport, truthOf, type ExportedJob } from '../fixtures/exporting';
import { judgeExport } from '../fixtures/judge-export';
import { act, disk, vm } from '../fixtures/pool-connection';
import { connection, folder, poolPerTest, to } from '../fixtures/pool-per-test';

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
const hosts = async () => {
  const records = z.record(z.string(), z.object({ uuid: z.string() }));
  return Object.values(unwrap(await connection.call(records, 'host.get_all_records', [])));
};
const crash = async (at: number) => act(connection, 'crash-host', { host: (await hosts())[at].uuid });
const callVm = async (method: string, ...parameters: unknown[]) => {
  const ref = unwrap(await connection.reference('VM', vm(connection, 'web-01').uuid));
  unwrap(await connection.call(z.unknown(), method, [ref, ...parameters]));
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
  await callVm('VM.start', false, false);
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

it('somebody else’s snapshot before the next start hides the crash: two starts without an end tell of it', async () => {
  await exportWeb();
  await write(8);
  await crash(0);
  await callVm('VM.snapshot', 'somebody else’s', []);
  await callVm('VM.start', false, false);
  expect(disk(connection, 'web-01 system').cbtEnabled).toBe(true);
  const full = await exportWeb();
  expect(full.manifest).toMatchObject({ mode: 'full', reason: expect.stringContaining(LOST) });
  await judge(full);
});

it('a host that crashes after the plan was made is noticed once the snapshot is there', async () => {
  await exportWeb();
  await write(8);
  await act(connection, 'fault', { json: JSON.stringify({ kind: 'hold-call', method: 'VM.snapshot' }) });
  const tasks = z.record(z.string(), z.object({ name_label: z.string() }));
  const crashWhenAsked = async (): Promise<void> => {
    const asked = async () => {
      const all = unwrap(await connection.call(tasks, 'task.get_all_records', []));
      return Object.values(all).some(({ name_label: name }) => name === 'Async.VM.snapshot');
    };
    while (!(await asked())) await new Promise((resolve) => setTimeout(resolve, 10));
    await crash(0);
    await act(connection, 'release-calls');
  };
  let crashed: Promise<void> | undefined;
  const full = await exportWeb('purge', { meanwhile: () => void (crashed = crashWhenAsked()) });
  await crashed;
  expect(full.plan.disks[0].mode).toBe('cbt');
  expect(full.manifest).toMatchObject({ mode: 'full', reason: expect.stringContaining(LOST) });
  await judge(full);
});

it.each<[string, () => Promise<unknown>]>([
  [
    'powered off by itself, and another host crashed',
    async () => {
      await act(connection, 'guest-power-off', { vm: vm(connection, 'web-01').uuid });
      await crash(1);
    },
  ],
  [
    'was moved away before its host crashed',
    async () => {
      const other = unwrap(await connection.reference('host', (await hosts())[1].uuid));
      await callVm('VM.pool_migrate', other, {});
      await crash(0);
    },
  ],
])('tracking is relied on when the VM %s', async (_, happen) => {
  await exportWeb();
  await write(8);
  await happen();
  const increment = await exportWeb();
  expect(increment.manifest).toMatchObject({ mode: 'cbt' });
  await judge(increment);
});
