import { expect, it } from 'vitest';
import { runExport, truthOf } from '../fixtures/exporting';
import { judgeExport } from '../fixtures/judge-export';
import { act, disk, vm } from '../fixtures/pool-connection';
import { connection, folder, poolPerTest, to } from '../fixtures/pool-per-test';

poolPerTest();

const MIB = 1024 * 1024;

it('a disk that holds old content again is compared: nothing marks what went back', async () => {
  const vdi = disk(connection, 'web-01 system').uuid;
  const wish = { diskUuids: [vdi], targetFolder: to, after: 'keep' as const };
  const first = await runExport(connection, wish);
  const data = Buffer.alloc(65_536, 9).toString('base64');
  await act(connection, 'write', { vdi, offset: String(8 * MIB), data });
  const second = await runExport(connection, wish);
  expect(second.manifest.mode).toBe('cbt');
  const snapshot = first.manifest.snapshot.uuid;
  await act(connection, 'revert-in-place', { vm: vm(connection, 'web-01').uuid, vdi, to: snapshot });
  const third = await runExport(connection, wish);
  expect(third.job.state).toBe('done');
  expect(third.manifest).toMatchObject({
    mode: 'compare',
    reason: expect.stringContaining('web-01 was reverted to a snapshot'),
  });
  await judgeExport('qcow2', third, await truthOf(connection, vdi, folder.path));
});
