import { renameSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import type { StartCopy } from '../../src/main/engine/export/copy/worker-client';
import { filesIn, readManifestFile, truthOf } from '../fixtures/exporting';
import { type TriedJob } from '../fixtures/interrupted-export';
import { judgeExport } from '../fixtures/judge-export';
import { act, disk, fault } from '../fixtures/pool-connection';
import { connection, folder, jobs, poolPerTest, to } from '../fixtures/pool-per-test';

// Half a minute of patience, as it is in use, would be waited out for nothing.
vi.mock('../../src/main/engine/xapi/clock', () => ({
  systemClock: { now: () => new Date(), sleep: () => new Promise((resolve) => setTimeout(resolve, 5)) },
}));

const NAME = 'gateway-01 flash';
poolPerTest();

const start = (after: 'keep' | 'purge' | 'remove', startCopy: StartCopy = copyInProcess) =>
  jobs.start({ diskUuids: [disk(connection, NAME).uuid], targetFolder: to, after }, startCopy);

/** The fault is there from the end of the copy on. */
const afterCopy =
  (what: Readonly<Record<string, unknown>>): StartCopy =>
  (request, hooks) => {
    const running = copyInProcess(request, hooks);
    return { ...running, done: running.done.then((end) => fault(connection, what).then(() => end)) };
  };

/** What is on the pool and was not at first; tasks of single calls are the pool's own and go by themselves. */
const left = async (): Promise<string[]> => {
  const all = await act<{ class: string; name: string }[]>(connection, 'leftovers');
  return all.filter(({ name }) => !name.startsWith('Async.')).map(({ class: kind }) => kind);
};

async function expectRight({ job }: TriedJob): Promise<void> {
  expect(job).toMatchObject({ state: 'done' });
  const manifestPath = job.disks[0].outcome!.manifestPath!;
  const manifest = readManifestFile(manifestPath);
  const truth = await truthOf(connection, disk(connection, NAME).uuid, folder.path);
  const exported = { manifestPath, manifest, job, log: [], plan: undefined as never };
  await judgeExport('qcow2', exported, truth);
}

describe('answers that are lost while the pool is cleaned', () => {
  it.each([
    ['VM.destroy', 'purge'],
    ['VM.get_by_uuid', 'purge'],
    ['VDI.data_destroy', 'purge'],
    ['VDI.destroy', 'remove'],
    ['VDI.get_VBDs', 'remove'],
    ['VM.remove_from_blocked_operations', 'remove'],
    ['task.set_status', 'remove'],
    ['task.destroy', 'remove'],
  ] as const)('%s: is asked again, and nothing is left', async (method, after) => {
    await expectRight(await start(after, afterCopy({ kind: 'drop-call', method, count: 2 })));
    expect(await left()).toEqual(after === 'purge' ? ['VDI'] : []);
    expect(connection.ourObjects().filter(({ kept }) => !kept)).toEqual([]);
  });

  it('a pool that stays away: the job is interrupted, and cleans up when it goes on', async () => {
    const { job } = await start(
      'remove',
      afterCopy({ kind: 'drop-call', method: 'VM.get_by_uuid', count: 1000 }),
    );
    expect(job).toMatchObject({ state: 'interrupted', failure: { code: 'pool-unreachable' } });
    expect(await left()).toContain('VM');
    await act(connection, 'clear-faults');
    await expectRight(await jobs.resume(job.id));
    expect(await left()).toEqual([]);
    expect(filesIn(to)).toHaveLength(3);
  });

  it('a storage that fails once while a snapshot is removed', async () => {
    const what = { kind: 'call-error', method: 'VDI.destroy', code: 'SR_BACKEND_FAILURE_1200' };
    await fault(connection, { ...what, params: ['', 'broken', ''], count: 1 });
    await expectRight(await start('remove'));
    expect(await left()).toEqual([]);
  });
});

it('a target that vanishes between copy and verification: the job goes on once it is back', async () => {
  const vanishing: StartCopy = (request, hooks) => {
    const running = copyInProcess(request, hooks);
    const gone = (): void => renameSync(to, `${to}-away`);
    return { ...running, done: running.done.then((end) => (gone(), end)) };
  };
  const { job } = await start('remove', vanishing);
  expect(job).toMatchObject({ state: 'interrupted', failure: { code: 'file-vanished' } });
  renameSync(`${to}-away`, to);
  await expectRight(await jobs.resume(job.id));
  expect(filesIn(to)).toHaveLength(3);
  expect(await left()).toEqual([]);
});
