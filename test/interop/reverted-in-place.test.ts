import { expect, it } from 'vitest';
import { z } from 'zod';
import { unwrap } from '../../src/shared/model/result';
import { runExport, truthOf } from '../fixtures/exporting';
import { judgeExport } from '../fixtures/judge-export';
import { act, disk, vm } from '../fixtures/pool-connection';
import { connection, folder, poolPerTest, to } from '../fixtures/pool-per-test';

poolPerTest();

const MIB = 1024 * 1024;

const call = async (method: string, ...parameters: unknown[]): Promise<unknown> =>
  unwrap(await connection.call(z.unknown(), method, parameters));
const refOf = async (name: string) => unwrap(await connection.reference('VM', vm(connection, name).uuid));

it.each<[string, string, () => Promise<void>]>([
  ['its VM is still there', 'web-01 was reverted to a snapshot', () => Promise.resolve()],
  [
    'it was given to another VM since',
    'web-01 was reverted to a snapshot',
    async () => {
      const VDI = await call('VDI.get_by_uuid', disk(connection, 'web-01 system').uuid);
      await call('VM.hard_shutdown', await refOf('web-01'));
      await call('VM.destroy', await refOf('web-01'));
      const fixed = { userdevice: 'autodetect', bootable: false, mode: 'RW', type: 'Disk', empty: false };
      await call('VBD.create', { ...fixed, VM: await refOf('gateway-01'), VDI });
    },
  ],
  [
    'messages were deleted since',
    'web-01 were deleted, so that it may have been reverted',
    async () => {
      await call('VM.hard_shutdown', await refOf('web-01'));
      for (const ref of z.array(z.string()).parse(await call('message.get_all')))
        await call('message.destroy', ref);
    },
  ],
])(
  'a disk that holds old content again is compared: nothing marks what went back (%s)',
  async (_, why, since) => {
    const vdi = disk(connection, 'web-01 system').uuid;
    const wish = { diskUuids: [vdi], targetFolder: to, after: 'keep' as const };
    const first = await runExport(connection, wish);
    const data = Buffer.alloc(65_536, 9).toString('base64');
    await act(connection, 'write', { vdi, offset: String(8 * MIB), data });
    const second = await runExport(connection, wish);
    expect(second.manifest.mode).toBe('cbt');
    const snapshot = first.manifest.snapshot.uuid;
    await act(connection, 'revert-in-place', { vm: vm(connection, 'web-01').uuid, vdi, to: snapshot });
    await since();
    const third = await runExport(connection, wish);
    expect(third.job.state).toBe('done');
    expect(third.manifest).toMatchObject({ mode: 'compare', reason: expect.stringContaining(why) });
    await judgeExport('qcow2', third, await truthOf(connection, vdi, folder.path));
  },
);
