import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import type { StartCopy } from '../../src/main/engine/export/copy/worker-client';
import { planExport } from '../../src/main/engine/export/plan/plan-export';
import { exportRunner } from '../../src/main/engine/export/run/run-export';
import type { Release } from '../../src/main/engine/jobs/budget';
import type { JobLimits } from '../../src/main/engine/jobs/job-context';
import { JobQueue } from '../../src/main/engine/jobs/queue';
import type { PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import { ok, unwrap } from '../../src/shared/model/result';
import { quickDemoPool } from '../fixtures/demo-pool';
import { memoryFolder } from '../fixtures/exporting';
import { connectTo, disk } from '../fixtures/pool-connection';

const folder = memoryFolder();
const jobs = mkdtempSync(join(tmpdir(), 'deltascope-jobs-'));
let demo: DemoPool;
let connection: PoolConnection;
let count = 0;

beforeEach(async () => {
  demo = await quickDemoPool();
  connection = await connectTo(demo);
});
afterEach(async () => {
  await connection.close();
  await demo.close();
});
afterAll(() => {
  folder.remove();
  rmSync(jobs, { recursive: true });
});

const flash = () => disk(connection, 'gateway-01 flash');
const hosts = (): string[] => connection.inventory().hosts.map(({ uuid }) => uuid);
const never = new AbortController().signal;

/** What is left for other jobs: copies from the disk's storage, copies in all, connections to each host. */
const left = ({ copies, allCopies, connections }: JobLimits) => ({
  storage: copies.free(flash().storageUuid),
  all: allCopies.free('all'),
  hosts: hosts()
    .map((uuid) => connections.free(uuid))
    .sort((a, b) => a - b),
});

/** Other jobs use all of something, and give it back once ours says that it waits. */
const taken: Readonly<Record<string, (limits: JobLimits) => Promise<Release>[]>> = {
  'waits for other copies from this storage': ({ copies }) => [copies.take(flash().storageUuid, 2, never)],
  'waits for other copies': ({ allCopies }) => [allCopies.take('all', 3, never)],
  'waits for NBD connections that other jobs use': ({ connections }) =>
    hosts().map((uuid) => connections.take(uuid, 16, never)),
};

it.each(Object.keys(taken))('a copy %s, uses its share, and gives it back', async (words) => {
  const runs: { limits: JobLimits; releases: Release[] }[] = [];
  const during: unknown[] = [];
  const startCopy: StartCopy = (request, hooks) => {
    during.push(left(runs[0].limits));
    return copyInProcess(request, hooks);
  };
  const runner = exportRunner({ connection: () => ok(connection), startCopy, toolVersion: '0.0.0' });
  const { queue } = await JobQueue.open(jobs, async (context) => {
    const { limits } = context;
    runs.push({ limits, releases: await Promise.all(taken[words](limits)) });
    return runner(context);
  });
  const waits = new Promise((resolve) => {
    queue.on('changed', ({ disks: [{ phases }] }) => {
      if (phases.some(({ name, note }) => name === 'connect' && note === words)) resolve(words);
    });
  });
  const plan = unwrap(
    await planExport(connection, {
      poolId: connection.poolUuid,
      diskUuids: [flash().uuid],
      targetFolder: join(folder.path, String(++count)),
      format: 'raw',
      mode: 'full',
      base: 'auto',
      after: 'remove',
      connections: 3,
      skipUnchanged: true,
    }),
  );
  const { id } = unwrap(queue.start(plan));
  const ended = queue.ended(id);
  expect(await Promise.race([waits, ended])).toBe(words);
  expect(during).toEqual([]);
  const [{ limits, releases }] = runs;
  for (const release of releases) release();
  expect(await ended).toMatchObject({ state: 'done' });
  expect(during).toEqual([{ storage: 1, all: 2, hosts: [13, 16] }]);
  expect(left(limits)).toEqual({ storage: 2, all: 3, hosts: [16, 16] });
});
