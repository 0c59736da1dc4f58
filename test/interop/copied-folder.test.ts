import { cpSync, mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { planExport } from '../../src/main/engine/export/plan/plan-export';
import type { PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import type { ExportPlan } from '../../src/shared/model/export-plan';
import { unwrap } from '../../src/shared/model/result';
import { quickDemoPool } from '../fixtures/demo-pool';
import { memoryFolder, runExport, type ExportedJob } from '../fixtures/exporting';
import { act, connectTo, disk } from '../fixtures/pool-connection';

const folder = memoryFolder();
let demo: DemoPool;
let connection: PoolConnection;
let targetFolder: string;
let count = 0;

beforeEach(async () => {
  demo = await quickDemoPool();
  connection = await connectTo(demo);
  targetFolder = join(folder.path, String(++count));
});
afterEach(async () => {
  await connection.close();
  await demo.close();
});
afterAll(() => folder.remove());

const flash = () => disk(connection, 'gateway-01 flash');
const exportOnce = async (after: 'keep' | 'purge'): Promise<ExportedJob> => {
  await act(connection, 'write', {
    vdi: flash().uuid,
    offset: '0',
    data: Buffer.alloc(512, ++count).toString('base64'),
  });
  return runExport(connection, { diskUuids: [flash().uuid], targetFolder, after });
};
const plan = async (base = 'auto'): Promise<ExportPlan> =>
  unwrap(
    await planExport(connection, {
      poolId: connection.poolUuid,
      diskUuids: [flash().uuid],
      targetFolder,
      format: 'qcow2',
      mode: 'auto',
      base,
      after: 'keep',
      skipUnchanged: true,
    }),
  );
const codes = ({ findings }: ExportPlan): string[] => findings.map(({ code }) => code);

/** Under names before and behind the disk's own folder. */
function copyTo(place: string, { manifestPath }: ExportedJob): string {
  const copy = join(targetFolder, place, basename(dirname(manifestPath)));
  mkdirSync(dirname(copy), { recursive: true });
  cpSync(dirname(manifestPath), copy, { recursive: true });
  return copy;
}

it.each(['keep', 'purge'] as const)(
  'a copy of the folder that is older does not take the chain over (%s)',
  async (after) => {
    const first = await exportOnce(after);
    copyTo('0-before', first);
    copyTo('zz-before', first);
    const second = await exportOnce(after);
    expect(dirname(second.manifestPath)).toBe(dirname(first.manifestPath));
    const planned = await plan();
    expect(planned.disks[0]).toMatchObject({
      targetFolder: dirname(first.manifestPath),
      base: { manifestPath: second.manifestPath },
    });
    expect(codes(planned)).toContain('several-export-folders');
    expect(planned.canStart).toBe(true);
  },
);

it('nor does one that is the same', async () => {
  const only = await exportOnce('keep');
  copyTo('0-before', only);
  copyTo('zz-before', only);
  const planned = await plan();
  expect(planned.disks[0].base?.manifestPath).toBe(only.manifestPath);
  expect(planned.disks[0].targetFolder).toBe(dirname(only.manifestPath));
});

it('a base that is named is taken from where it lies, whatever lies below it', async () => {
  const only = await exportOnce('keep');
  expect(codes(await plan())).not.toContain('several-export-folders');
  const below = join(dirname(only.manifestPath), 'zz-copy');
  cpSync(dirname(only.manifestPath), join(folder.path, `aside-${count}`), { recursive: true });
  cpSync(join(folder.path, `aside-${count}`), below, { recursive: true });
  const planned = await plan(only.manifestPath);
  expect(planned.disks[0].base?.manifestPath).toBe(only.manifestPath);
});
