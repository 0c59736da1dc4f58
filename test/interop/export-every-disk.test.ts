import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import { quickDemoPool } from '../fixtures/demo-pool';
import { memoryFolder, runExport, truthOf } from '../fixtures/exporting';
import { judgeExport } from '../fixtures/judge-export';
import { connectTo } from '../fixtures/pool-connection';

const folder = memoryFolder();
let demo: DemoPool;
let connection: PoolConnection;

beforeAll(async () => {
  demo = await quickDemoPool();
  connection = await connectTo(demo);
});
afterAll(async () => {
  await connection.close();
  await demo.close();
  folder.remove();
});

it('every demo disk that is a VHD: full in every format', async () => {
  const disks = connection.inventory().disks.filter(({ sizeBytes }) => sizeBytes < 2040 * 1024 ** 3);
  expect(disks.length).toBeGreaterThanOrEqual(7);
  for (const { uuid, name } of disks) {
    const truth = await truthOf(connection, uuid, folder.path);
    for (const format of ['vhd', 'qcow2', 'raw'] as const) {
      const targetFolder = join(folder.path, `every-${format}`);
      const exported = await runExport(connection, { diskUuids: [uuid], targetFolder, format, mode: 'full' });
      expect([name, exported.job.failure]).toEqual([name, undefined]);
      await judgeExport(format, exported, truth);
    }
    rmSync(truth);
  }
});
