import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import { cleanLeftovers, isOfAny, leftovers } from '../../src/main/engine/cbt';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import type { StartCopy } from '../../src/main/engine/export/copy/worker-client';
import { jobFromJournal } from '../../src/main/engine/jobs/job-state';
import { readJournal } from '../../src/main/engine/jobs/journal';
import { JobLock } from '../../src/main/engine/jobs/job-lock';
import { JobQueue } from '../../src/main/engine/jobs/queue';
import type { PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import type { Job } from '../../src/shared/model/job';
import { err, unwrap } from '../../src/shared/model/result';
import { deltascope } from '../fixtures/cli';
import { quickDemoPool } from '../fixtures/demo-pool';
import { memoryFolder } from '../fixtures/exporting';
import { JobsOverRuns } from '../fixtures/interrupted-export';
import { act, connectTo, disk, fault } from '../fixtures/pool-connection';

// Half a minute of patience, as it is in use, would be waited out for nothing.
vi.mock('../../src/main/engine/xapi/clock', () => ({
  systemClock: { now: () => new Date(), sleep: () => new Promise((resolve) => setTimeout(resolve, 5)) },
}));

const FLASH = 'gateway-01 flash';
const folder = memoryFolder();
let demo: DemoPool;
let connection: PoolConnection;
let jobs: JobsOverRuns;
let home: string;
let to: string;
let count = 0;

beforeEach(async () => {
  demo = await quickDemoPool();
  connection = await connectTo(demo);
  home = join(folder.path, `home-${++count}`);
  to = join(folder.path, `to-${count}`);
  jobs = new JobsOverRuns(() => connection, join(home, 'jobs'));
});
afterEach(async () => {
  await connection.close();
  await demo.close();
});
afterAll(() => folder.remove());

const refuse = (method: string, times = 1000) =>
  fault(connection, {
    ...{ kind: 'call-error', method, code: 'RBAC_PERMISSION_DENIED' },
    ...{ params: [method.toLowerCase(), 'no'], count: times },
  });
const list = async () => unwrap(await leftovers(connection, { activeJobIds: new Set() }));
/** What the jobs' folder says, as another run of the program reads it. */
const kept = (jobId: string): Job => jobFromJournal(readJournal(jobs.folder, jobId)!.entries)!;
const openQueue = async (): Promise<JobQueue> =>
  (await JobQueue.open(jobs.folder, () => Promise.reject(new Error('nothing is to be run')))).queue;
const LEFT = {
  failure: {
    code: 'left-on-pool',
    message: expect.stringMatching(
      /^The clean-up failed: something that this job made is left on the pool\./,
    ),
    nextStep: expect.stringContaining('deltascope leftovers --clean'),
  },
};
const exportFlash = (after: 'keep' | 'purge' | 'remove', startCopy: StartCopy = copyInProcess) =>
  jobs.start({ diskUuids: [disk(connection, FLASH).uuid], targetFolder: to, after }, startCopy);

it.each([
  ['VM.destroy', 'remove'],
  ['VDI.destroy', 'remove'],
  ['VDI.data_destroy', 'purge'],
  ['task.destroy', 'remove'],
] as const)(
  'a clean-up that is refused %s is told by the job, until nothing is left',
  async (method, after) => {
    await refuse(method);
    const { job } = await exportFlash(after);
    expect(job).toMatchObject({ state: 'done', leftBehind: { ...LEFT, poolUuid: connection.poolUuid } });
    expect(job.disks[0]?.outcome).toHaveProperty('manifestPath');
    if (method !== 'task.destroy')
      expect(job.disks[0]?.phases.find(({ name }) => name === 'clean-up')?.state).toBe('failed');
    expect((await list()).length).toBeGreaterThan(0);

    const queue = await openQueue();
    const changes: (Job['leftBehind'] | 'none')[] = [];
    queue.on('changed', ({ leftBehind }) => changes.push(leftBehind ?? 'none'));
    const look = async (poolUuid = connection.poolUuid, active: readonly string[] = []): Promise<void> => {
      const found = await list();
      const mayHold = (jobId: string): boolean =>
        active.includes(jobId) || found.some((object) => isOfAny(new Set([jobId]), object));
      queue.lookedAt({ poolUuid, mayHold });
    };
    await look();
    expect(queue.list()).toMatchObject([{ state: 'done', leftBehind: LEFT }]);

    await act(connection, 'clear-faults');
    for (const { result } of await cleanLeftovers(connection, await list())) unwrap(result);
    // Neither another pool, nor a look that left out what the job is at, nor one while another process has the job.
    await look('another pool');
    await look(connection.poolUuid, [job.id]);
    const lock = JobLock.take(jobs.folder, job.id)!;
    await look();
    lock.release();
    expect({ changes, job: kept(job.id) }).toMatchObject({ changes: [], job: { leftBehind: LEFT } });
    await look();
    expect(changes).toEqual(['none']);
    expect(queue.list()[0]).not.toHaveProperty('leftBehind');
    expect(kept(job.id)).toMatchObject({ state: 'done' });
    expect(kept(job.id)).not.toHaveProperty('leftBehind');
  },
);

it('what another process found to be gone is no longer told either', async () => {
  await refuse('VDI.destroy');
  const { job } = await exportFlash('remove');
  const [mine, others] = [await openQueue(), await openQueue()];
  const look = { poolUuid: connection.poolUuid, mayHold: () => false };
  others.lookedAt(look);
  expect(mine.list()[0]).toHaveProperty('leftBehind');
  mine.lookedAt(look);
  expect(mine.list()[0]).not.toHaveProperty('leftBehind');
  expect(readJournal(jobs.folder, job.id)!.entries.filter(({ type }) => type === 'cleaned')).toHaveLength(1);
});

it('a job that goes on tries again to remove what it had to leave', async () => {
  let copies = 0;
  const lost = { code: 'nbd-unreachable', message: 'The host is away.', nextStep: 'Wait.' };
  const secondIsLost: StartCopy = (request, hooks) => {
    const running = copyInProcess(request, hooks);
    return ++copies === 1 ? running : { ...running, done: running.done.then(() => err(lost)) };
  };
  await refuse('VDI.destroy');
  const diskUuids = [disk(connection, FLASH).uuid, disk(connection, 'mail-01 system').uuid];
  const { job } = await jobs.start({ diskUuids, targetFolder: to, after: 'remove' }, secondIsLost);
  expect(job).toMatchObject({ state: 'interrupted', leftBehind: LEFT });
  await act(connection, 'clear-faults');
  const { job: ended } = await jobs.resume(job.id);
  expect(ended).toMatchObject({ state: 'done' });
  expect(ended).not.toHaveProperty('leftBehind');
  expect(kept(job.id)).not.toHaveProperty('leftBehind');
  expect(await list()).toEqual([]);
});

const cli = (...words: string[]) =>
  deltascope(
    [...words, '--pool', demo.url, '--user', demo.user, '--fingerprint', demo.fingerprint],
    { env: { DELTASCOPE_PASSWORD: demo.password, DELTASCOPE_HOME: home } },
  ); // prettier-ignore

it('the command line says it and what to do, and is done; leftovers --clean ends it', async () => {
  await refuse('VDI.destroy');
  const words = ['export', disk(connection, FLASH).uuid, '--to', to, '--after', 'remove'];
  const json = await cli(...words, '--json');
  const last = JSON.parse(json.stdout.trim().split('\n').at(-1)!) as { event: string; jobId: string };
  expect({ code: json.code, last }).toMatchObject({ code: 0, last: { event: 'done', leftBehind: LEFT } });
  const text = await cli(...words, '--mode', 'full');
  expect(text.code).toBe(0);
  expect(text.stderr).toMatch(/deltascope: The clean-up failed: .*\n {2}What to do: .*leftovers --clean/);

  expect((await cli('leftovers')).code).toBe(0);
  expect(kept(last.jobId)).toMatchObject({ state: 'done', leftBehind: LEFT });
  expect((await cli('leftovers', '--clean')).code).toBe(1);
  expect(kept(last.jobId)).toMatchObject({ state: 'done', leftBehind: LEFT });
  await act(connection, 'clear-faults');
  expect((await cli('leftovers', '--clean')).code).toBe(0);
  expect(kept(last.jobId)).not.toHaveProperty('leftBehind');
});

it('a cancelled job that could not clean up does not say that nothing is left on the pool', async () => {
  const lost = { code: 'nbd-unreachable', message: 'The host is away.', nextStep: 'Wait.' };
  const { job } = await exportFlash('remove', (request, hooks) => {
    const running = copyInProcess(request, hooks);
    return { ...running, done: running.done.then(() => err(lost)) };
  });
  expect(job.state).toBe('interrupted');
  await refuse('VDI.destroy');
  const { stderr, code } = await cli('resume', job.id, '--cancel');
  expect(code).toBe(0);
  expect(stderr).toContain('Nothing of it was left on disk.');
  expect(stderr).not.toContain('left on the pool or');
  expect(stderr).toMatch(/The clean-up failed: .*\n {2}What to do: .*leftovers --clean/);
});
