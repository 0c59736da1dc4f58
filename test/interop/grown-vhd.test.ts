import { closeSync, openSync, writeSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runExport, truthOf } from '../fixtures/exporting';
import { judgeExport } from '../fixtures/judge-export';
import { act, disk } from '../fixtures/pool-connection';
import { connection, folder, poolPerTest, to } from '../fixtures/pool-per-test';

const MIB = 1024 * 1024;
poolPerTest();

function flip(path: string, offset: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.from([0xa5]), 0, 1, offset);
  closeSync(file);
}

/** libvhdi reads nothing behind the end of a smaller parent but what is stored there. */
it('what a disk that has grown holds behind the end of its base is in the increment, and nothing else', async () => {
  const { uuid, sizeBytes } = disk(connection, 'web-01 system');
  const wish = { diskUuids: [uuid], targetFolder: to, format: 'vhd' as const };
  await runExport(connection, wish);
  await act(connection, 'resize', { vdi: uuid, size: String(sizeBytes + 6 * MIB) });
  const data = Buffer.alloc(65_536, 9).toString('base64');
  for (const offset of [8 * MIB, sizeBytes + 3 * MIB])
    await act(connection, 'write', { vdi: uuid, offset: String(offset), data });
  const increment = await runExport(connection, wish);
  expect(increment.manifest).toMatchObject({ mode: 'cbt', sizeBytes: sizeBytes + 6 * MIB });
  const truth = await truthOf(connection, uuid, folder.path);
  await judgeExport('vhd', increment, truth);
  flip(truth, sizeBytes + 5 * MIB);
  await expect(judgeExport('vhd', increment, truth)).rejects.toThrow('is not stored');
});
