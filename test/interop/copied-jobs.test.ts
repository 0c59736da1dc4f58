import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import type { RunningCopy, StartCopy } from '../../src/main/engine/export/copy/worker-client';
import { processStart } from '../../src/main/engine/jobs/process-start';
import { thisMachine } from '../../src/main/engine/jobs/this-machine';
import { filesIn, readManifestFile, truthOf } from '../fixtures/exporting';
import { cutOffAfter, fillDisk, JobsOverRuns } from '../fixtures/interrupted-export';
import { judgeExport } from '../fixtures/judge-export';
import { disk } from '../fixtures/pool-connection';
import { unwrap } from '../../src/shared/model/result';
import { connection, folder, jobs, poolPerTest, to } from '../fixtures/pool-per-test';

/** A folder of jobs that was copied: a cloned workstation, a backup that was put back. */
poolPerTest();

const MIB = 1024 * 1024;
let other: JobsOverRuns;
let jobId: string;
let diskUuid: string;

beforeEach(async () => {
  diskUuid = disk(connection, 'gateway-01 flash').uuid;
  await fillDisk(connection, diskUuid, 8 * MIB);
  const wish = { diskUuids: [diskUuid], targetFolder: to, after: 'keep' as const };
  const { job } = await jobs.start(wish, cutOffAfter(4 * MIB));
  expect(job.state).toBe('interrupted');
  jobId = job.id;
  const copied = mkdtempSync(join(tmpdir(), 'deltascope-jobs-'));
  cpSync(jobs.folder, copied, { recursive: true });
  other = new JobsOverRuns(() => connection, copied);
});
afterEach(() => other.remove());

/** Stands still, once begun, until it is told to go on. */
function held(): { startCopy: StartCopy; begun: Promise<void>; goOn: () => void } {
  let tell = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    tell = resolve;
  });
  let running: RunningCopy | undefined;
  const startCopy: StartCopy = (request, hooks) => {
    running = copyInProcess(request, {
      ...hooks,
      onConnected: () => {
        hooks?.onConnected?.();
        running?.pause();
        tell();
      },
    });
    return running;
  };
  return { startCopy, begun, goOn: () => running!.resume() };
}

it('its job is resumed while the first goes on: that is left alone', async () => {
  const first = held();
  const going = jobs.resume(jobId, first.startCopy);
  await first.begun;
  const before = filesIn(to);
  const { job: second } = await other.resume(jobId);
  first.goOn();
  expect(second).toMatchObject({ state: 'interrupted', failure: { code: 'files-in-use' } });
  const { job, log } = await going;
  expect(job.state).toBe('done');
  expect(before.filter((name) => name.endsWith('.lock'))).toHaveLength(1);
  expect(filesIn(to)).toHaveLength(3);
  const manifestPath = job.disks[0].outcome!.manifestPath!;
  const manifest = readManifestFile(manifestPath);
  const truth = await truthOf(connection, diskUuid, folder.path);
  await judgeExport('qcow2', { job, log, manifestPath, manifest, plan: undefined }, truth);
});

it('its job is cancelled while the first goes on: what that has on the pool stays', async () => {
  const first = held();
  const going = jobs.resume(jobId, first.startCopy);
  await first.begun;
  unwrap(await connection.refresh());
  const onPool = (): string[] => connection.ourObjects().map(({ kind, uuid }) => `${kind} ${uuid}`);
  const before = onPool();
  expect(before.map((object) => object.split(' ')[0])).toContain('vm-snapshot');
  const { job: second } = await other.cancel(jobId);
  expect(second).toMatchObject({ state: 'cancelled', leftBehind: { failure: { code: 'left-on-pool' } } });
  expect(second.leftBehind!.failure.message).toContain('Another Deltascope writes the files');
  expect(onPool()).toEqual(before);
  first.goOn();
  const { job } = await going;
  expect(job).toMatchObject({ state: 'done' });
  expect(job.leftBehind).toBeUndefined();
});

/** The unfinished files are somebody else's at the moment. */
function lockedBy(holder: object): string {
  const paths = readdirSync(to, { recursive: true, encoding: 'utf8' });
  const path = join(to, `${paths.find((name) => name.endsWith('.qcow2.partial'))}.lock`);
  writeFileSync(path, JSON.stringify({ token: 't', ...holder }));
  return path;
}

it('its job is cancelled while another process writes: its files stay', async () => {
  const pid = process.ppid;
  lockedBy({ pid, start: processStart(pid), machine: thisMachine() });
  const before = filesIn(to);
  const { job, log } = await other.cancel(jobId);
  expect(job.state).toBe('cancelled');
  expect(log).toContainEqual(expect.stringContaining('Another Deltascope writes the files'));
  expect(filesIn(to)).toEqual(before);
});

it('its job is cancelled when the writer has ended: nothing stays', async () => {
  lockedBy({ pid: 2 ** 30, start: 'a boot 1', machine: thisMachine() });
  const { job } = await jobs.cancel(jobId);
  expect(job.state).toBe('cancelled');
  expect(filesIn(to)).toEqual([]);
});

it('files of another machine wait until somebody says that it is gone', async () => {
  const lock = lockedBy({ pid: 1, start: '1', machine: { host: 'far-away' } });
  const { job } = await jobs.resume(jobId);
  expect(job).toMatchObject({ state: 'interrupted', failure: { code: 'files-in-use' } });
  expect(job.failure!.message).toContain('far-away');
  expect(job.failure!.nextStep).toContain(lock);
  rmSync(lock);
  expect((await jobs.resume(jobId)).job.state).toBe('done');
});
