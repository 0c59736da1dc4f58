import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import type { PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import { quickDemoPool } from '../fixtures/demo-pool';
import { memoryFolder, readManifestFile, truthOf } from '../fixtures/exporting';
import { cutOffAfter, fillDisk, JobsOverRuns } from '../fixtures/interrupted-export';
import { judgeExport } from '../fixtures/judge-export';
import { connectTo, disk } from '../fixtures/pool-connection';
import { PowerCut } from '../fixtures/power-cut';

const MIB = 1024 * 1024;
const NAME = 'gateway-01 flash';
const folder = memoryFolder();
let demo: DemoPool;
let connection: PoolConnection;
let jobs: JobsOverRuns;
let power: PowerCut;

beforeEach(async () => {
  demo = await quickDemoPool();
  connection = await connectTo(demo);
  jobs = new JobsOverRuns(() => connection);
  power = await PowerCut.watch();
});
afterEach(async () => {
  power.end();
  jobs.remove();
  await connection.close();
  await demo.close();
});
afterAll(() => folder.remove());

it.each(['raw', 'vhd', 'qcow2'] as const)(
  'what was written but not durable is gone; all that a checkpoint counts on is there: %s',
  async (format) => {
    const { uuid } = disk(connection, NAME);
    const to = join(folder.path, format);
    await fillDisk(connection, uuid, 16 * MIB);
    const wish = { diskUuids: [uuid], targetFolder: to, format, mode: 'full' as const };
    const { job } = await jobs.start(wish, cutOffAfter(10 * MIB));
    expect(job.state).toBe('interrupted');
    power.cut(to);
    expect(jobs.checkpointed()).toBeGreaterThan(4 * MIB);
    const { job: resumed, log } = await jobs.resume(job.id);
    expect([resumed.state, resumed.failure]).toEqual(['done', undefined]);
    // Blocks that came between the image's sync and that of the checksums may be read again; nothing before them.
    expect(log.filter((text) => text.includes('not those of the last checkpoint'))).toEqual([]);
    const kept = Number(
      /^(\d+) bytes are there already/.exec(log.find((text) => text.includes('there already')) ?? '')?.[1],
    );
    expect(kept).toBeGreaterThan(4 * MIB);
    const { manifestPath = '' } = resumed.disks[0].outcome!;
    // A finished export is durable as a whole, its names included.
    power.cut(to);
    const manifest = readManifestFile(manifestPath);
    const truth = await truthOf(connection, uuid, folder.path);
    await judgeExport(format, { job: resumed, log, manifestPath, manifest, plan: undefined }, truth);
  },
);
