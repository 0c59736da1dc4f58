import { expect, it } from 'vitest';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import type { RunningCopy, StartCopy } from '../../src/main/engine/export/copy/worker-client';
import type { PoolConnection } from '../../src/main/engine/xapi';
import { attachForWriting } from '../fixtures/attach-for-writing';
import { betweenEvents, withoutContentIds } from '../fixtures/less-seen';
import { filesIn, readManifestFile, truthOf } from '../fixtures/exporting';
import { fillDisk, type TriedJob } from '../fixtures/interrupted-export';
import { judgeExport } from '../fixtures/judge-export';
import { act, disk, fault } from '../fixtures/pool-connection';
import { connection, folder, jobs, poolPerTest, to } from '../fixtures/pool-per-test';

/** While no connection holds a snapshot, a pool lets a VM write to it: a copy that reconnects would mix two states. */
const MIB = 1024 * 1024;
const AT = 64 * MIB;
const NAME = 'gateway-01 flash';
const READ_AGAIN = 'were read again and are the same';

/** How much of the pool is seen. */
let seen: (pool: PoolConnection) => PoolConnection;
poolPerTest(() => seen(connection));
const all = (pool: PoolConnection): PoolConnection => pool;

/** An export whose only connection is cut in its middle; `meanwhile` passes before there is another. */
async function cut(meanwhile: (snapshotUuid: string) => Promise<void>): Promise<TriedJob> {
  const { uuid } = disk(connection, NAME);
  await fillDisk(connection, uuid, 8 * MIB);
  await fault(connection, { kind: 'drop-nbd', afterBytes: 4 * MIB + 1 });
  let passes: Promise<void> | undefined;
  const startCopy: StartCopy = (request, hooks = {}) => {
    const refreshTargets = async () => {
      passes ??= connection.refresh().then(() => meanwhile(disk(connection, NAME).snapshotUuids[0]));
      await passes;
      return hooks.refreshTargets!();
    };
    return copyInProcess({ ...request, requestBytes: 128 * 1024 }, { ...hooks, refreshTargets });
  };
  const wish = { diskUuids: [uuid], targetFolder: to, mode: 'full' as const, connections: 1 };
  const tried = await jobs.start(wish, startCopy);
  await passes;
  expect(passes).toBeDefined();
  return tried;
}

async function judge({ job, log }: TriedJob, truth: string): Promise<void> {
  expect(log).toContainEqual(expect.stringContaining(READ_AGAIN));
  expect(job).toMatchObject({ state: 'done' });
  const manifestPath = job.disks[0].outcome!.manifestPath!;
  const manifest = readManifestFile(manifestPath);
  await judgeExport('qcow2', { job, log, manifestPath, manifest, plan: undefined }, truth);
}

it('a copy that is only cut goes on once a sample is the same', async () => {
  seen = all;
  let truth = '';
  const tried = await cut(async (uuid) => {
    truth = await truthOf(connection, uuid, folder.path);
  });
  await judge(tried, truth);
});

/** Nothing of it can be relied on, so nothing of it stays. */
function expectGivenUp({ job }: TriedJob): void {
  expect(job).toMatchObject({ state: 'failed', failure: { code: 'snapshot-changed' } });
  expect(filesIn(to)).toEqual([]);
  expect(disk(connection, NAME).snapshotUuids).toEqual([]);
}

it('a snapshot that was seen attached for writing is not read on', async () => {
  seen = withoutContentIds;
  const tried = await cut(async (uuid) => {
    const detach = await attachForWriting(connection, uuid);
    await detach();
  });
  expectGivenUp(tried);
});

it('a snapshot that was written to is not read on, also if nobody saw who had it', async () => {
  seen = (pool) => betweenEvents(withoutContentIds(pool));
  const tried = await cut(async (uuid) => {
    const detach = await attachForWriting(connection, uuid);
    const data = Buffer.alloc(512, 7).toString('base64');
    for (const offset of [AT, AT + 8 * MIB - 512])
      await act(connection, 'write', { vdi: uuid, offset: String(offset), data });
    await detach();
  });
  expectGivenUp(tried);
  expect(tried.job.failure!.details).toBe(`at ${AT}`);
});

it('the pool’s name of what the snapshot holds tells of it, though nobody saw it and no sample would', async () => {
  seen = betweenEvents;
  const tried = await cut(async (uuid) => {
    const detach = await attachForWriting(connection, uuid);
    await detach();
  });
  expectGivenUp(tried);
});

it('so it does at the end of a copy that noticed nothing', async () => {
  seen = betweenEvents;
  const { uuid } = disk(connection, NAME);
  await fillDisk(connection, uuid, 8 * MIB);
  const startCopy: StartCopy = (request, hooks) => {
    const running = copyInProcess(request, hooks);
    const attached = async (): RunningCopy['done'] => {
      const outcome = await running.done;
      await connection.refresh();
      const detach = await attachForWriting(connection, disk(connection, NAME).snapshotUuids[0]);
      await detach();
      return outcome;
    };
    return { ...running, done: attached() };
  };
  expectGivenUp(await jobs.start({ diskUuids: [uuid], targetFolder: to, mode: 'full' }, startCopy));
});
