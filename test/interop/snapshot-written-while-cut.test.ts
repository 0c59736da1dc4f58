import { closeSync, openSync, readSync } from 'node:fs';
import { expect, it } from 'vitest';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import type { RunningCopy, StartCopy } from '../../src/main/engine/export/copy/worker-client';
import type { PoolConnection } from '../../src/main/engine/xapi';
import { unwrap } from '../../src/shared/model/result';
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

function readPart(path: string, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const file = openSync(path, 'r');
  expect(readSync(file, bytes, 0, length, offset)).toBe(length);
  closeSync(file);
  return bytes;
}

it('a copy that is only cut goes on once a sample is the same', async () => {
  seen = all;
  let truth = '';
  const tried = await cut(async (uuid) => {
    truth = await truthOf(connection, uuid, folder.path);
  });
  await judge(tried, truth);
});

it('a snapshot that was attached for writing and detached again is not read on', async () => {
  seen = withoutContentIds;
  let truth = '';
  const { job } = await cut(async (uuid) => {
    truth = await truthOf(connection, uuid, folder.path);
    const detach = await attachForWriting(connection, uuid);
    await detach();
  });
  expect(job).toMatchObject({ state: 'interrupted', failure: { code: 'snapshot-attached' } });
  expect(filesIn(to).every((name) => name.endsWith('.partial'))).toBe(true);
  // Nothing was written: who says so by resuming is right.
  await judge(await jobs.resume(job.id), truth);
});

it('a snapshot that was written to is not read on, also if nobody saw who had it', async () => {
  seen = (pool) => betweenEvents(withoutContentIds(pool));
  let snapshotUuid = '';
  let truth = '';
  const write = (data: Buffer) =>
    act(connection, 'write', { vdi: snapshotUuid, offset: String(AT), data: data.toString('base64') });
  const { job } = await cut(async (uuid) => {
    snapshotUuid = uuid;
    truth = await truthOf(connection, uuid, folder.path);
    const detach = await attachForWriting(connection, uuid);
    await write(Buffer.alloc(512, 7));
    await act(connection, 'write', {
      vdi: uuid,
      offset: String(AT + 8 * MIB - 512),
      data: Buffer.alloc(512, 7).toString('base64'),
    });
    await detach();
  });
  expect(job).toMatchObject({
    state: 'interrupted',
    failure: { code: 'snapshot-changed', details: `at ${AT}` },
  });
  expect(filesIn(to).every((name) => name.endsWith('.partial'))).toBe(true);

  const changed = await jobs.resume(job.id);
  expect(changed.job).toMatchObject({ state: 'interrupted', failure: { code: 'snapshot-changed' } });
  // Nothing of the other state was stored.
  await write(readPart(truth, AT, 512));
  const end = readPart(truth, AT + 8 * MIB - 512, 512).toString('base64');
  await act(connection, 'write', { vdi: snapshotUuid, offset: String(AT + 8 * MIB - 512), data: end });
  unwrap(await connection.refresh());
  await judge(await jobs.resume(job.id), truth);
});

it('the pool’s name of what the snapshot holds tells of it, though nobody saw it and no sample would', async () => {
  seen = betweenEvents;
  const { job } = await cut(async (uuid) => {
    const detach = await attachForWriting(connection, uuid);
    await detach();
  });
  expect(job).toMatchObject({ state: 'interrupted', failure: { code: 'snapshot-attached' } });
  const resumed = await jobs.resume(job.id);
  expect(resumed.job).toMatchObject({ state: 'interrupted', failure: { code: 'snapshot-attached' } });
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
  const { job } = await jobs.start({ diskUuids: [uuid], targetFolder: to, mode: 'full' }, startCopy);
  expect(job).toMatchObject({ state: 'interrupted', failure: { code: 'snapshot-attached' } });
  expect(filesIn(to).every((name) => name.endsWith('.partial'))).toBe(true);
});
