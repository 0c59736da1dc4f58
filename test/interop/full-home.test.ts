import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import { JobLogs } from '../../src/main/engine/jobs/job-log';
import { Journal, loadJournals } from '../../src/main/engine/jobs/journal';
import { JobQueue } from '../../src/main/engine/jobs/queue';
import { planExport } from '../../src/main/engine/export/plan/plan-export';
import { toFailure } from '../../src/shared/model/failure';
import { ok, unwrap } from '../../src/shared/model/result';
import { quickDemoPool } from '../fixtures/demo-pool';
import { filesIn } from '../fixtures/exporting';
import { JobsOverRuns } from '../fixtures/interrupted-export';
import { act, connectTo, vm } from '../fixtures/pool-connection';
import { tempDir } from '../fixtures/temp-dir';

const dir = tempDir();
/** The drive with the home folder, which is small. */
let drive: string;
let count = 0;

beforeEach(() => {
  drive = join(dir.path, `drive-${++count}`);
  mkdirSync(drive);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', drive]);
});
afterEach(() => execFileSync('umount', [drive]));

const PAGE = 4096;
/** Shorter than any that a job needs. */
const LINE = 60;
const ballast = () => join(drive, 'ballast');
/** Until not another page is free. */
function fillDrive(): void {
  for (let bytes = 1024 * 1024; bytes >= 4096; bytes /= 2) {
    try {
      for (;;) writeFileSync(ballast(), Buffer.alloc(bytes), { flag: 'a' });
    } catch {
      // On with smaller pieces.
    }
  }
}
const free = (): void => rmSync(ballast());

const codeOf = (work: () => void): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    return toFailure(error).code;
  }
};

describe('a full drive', () => {
  it('leaves a journal with whole lines, to which further ones are added once there is space', async () => {
    writeFileSync(join(drive, 'job.jsonl'), readFileSync(await anyJournal()));
    const journal = Journal.open(drive, 'job');
    const name = 'x'.repeat(3000);
    const write = (): void => journal.write({ type: 'task', name });
    fillDrive();
    let written = 0;
    let code: string | undefined;
    while (code === undefined) {
      code = codeOf(write);
      if (code === undefined) written++;
    }
    expect(code).toBe('journal-not-written');
    expect(readFileSync(join(drive, 'job.jsonl'), 'utf8').endsWith('\n')).toBe(true);
    free();
    write();
    journal.close();
    const { journals, setAside } = await loadJournals(drive);
    expect(setAside).toEqual([]);
    expect(journals[0].entries.filter(({ type }) => type === 'task')).toHaveLength(written + 1);
  });

  it('costs lines of the log, says so once, and nothing else', async () => {
    const logs = new JobLogs(drive);
    const add = (text: string) => logs.add({ jobId: 'job', at: '2026-01-01', level: 'info', text });
    expect(add('first')).toBeUndefined();
    fillDrive();
    const long = 'x'.repeat(3000);
    const lost = [add(long), add(long), add(long), add(long)].filter((one) => one !== undefined);
    expect(lost).toMatchObject([{ code: 'journal-not-written' }]);
    free();
    expect(add('last')).toBeUndefined();
    const texts = (await logs.read('job')).map(({ text }) => text);
    expect([texts[0], texts.at(-1)]).toEqual(['first', 'last']);
  });
});

/** A journal as a job writes it. */
async function anyJournal(): Promise<string> {
  const folder = join(dir.path, `jobs-${count}`);
  const plan = { ...(await demoPlan()), canStart: true };
  const { queue } = await JobQueue.open(folder, () => Promise.resolve(ok(undefined)));
  const { id } = unwrap(queue.start(plan));
  await queue.ended(id);
  return join(folder, `${id}.jsonl`);
}

async function demoPlan() {
  const demo = await quickDemoPool();
  const connection = await connectTo(demo);
  try {
    return unwrap(
      await planExport(connection, {
        poolId: connection.poolUuid,
        diskUuids: vm(connection, 'db-01').diskUuids,
        targetFolder: join(dir.path, 'to'),
        format: 'qcow2',
        mode: 'auto',
        base: 'auto',
        after: 'purge',
        skipUnchanged: true,
      }),
    );
  } finally {
    await connection.close();
    await demo.close();
  }
}

describe('jobs on a full drive', () => {
  it('do not begin, and leave nothing that holds or looks like one', async () => {
    const plan = await demoPlan();
    const { queue } = await JobQueue.open(drive, () => Promise.resolve(ok(undefined)));
    fillDrive();
    expect(queue.start(plan)).toMatchObject({ ok: false, failure: { code: 'journal-not-written' } });
    expect(queue.list()).toEqual([]);
    expect(readdirSync(drive)).toEqual(['ballast']);
    free();
    expect((await queue.ended(unwrap(queue.start(plan)).id)).state).toBe('failed');
  });

  it('that it becomes full under keep what is exported, and go on once there is space', async () => {
    const demo = await quickDemoPool();
    const connection = await connectTo(demo);
    const jobs = new JobsOverRuns(() => connection, drive);
    const targetFolder = join(dir.path, `to-${count}`);
    try {
      // One: the checkpoints of another would take and give back space meanwhile.
      const diskUuids = vm(connection, 'db-01').diskUuids.slice(0, 1);
      const request = { diskUuids, targetFolder, after: 'remove' as const };
      let fill = fillDrive;
      const { job, log } = await jobs.start(
        request,
        (copy, hooks) => {
          const running = copyInProcess(copy, hooks);
          return { ...running, done: running.done.then((end) => (fill(), end)) };
        },
        (queue, jobId) => {
          fill = () => {
            // A page that is there already has space left for some lines.
            const path = join(drive, `${jobId}.jsonl`);
            for (let limit = 1; PAGE - (statSync(path).size % PAGE) > LINE; limit++)
              queue.limit(jobId, limit);
            fillDrive();
          };
        },
      );
      expect(job).toMatchObject({ state: 'interrupted', failure: { code: 'journal-not-written' } });
      expect(log.some((text) => text.includes('no space left'))).toBe(true);
      free();
      const resumed = await jobs.resume(job.id);
      expect(resumed.job).toMatchObject({ state: 'done' });
      expect(filesIn(targetFolder)).toHaveLength(3);
      const left = await act<{ class: string; name: string }[]>(connection, 'leftovers');
      expect(left.filter(({ name }) => !name.startsWith('Async.'))).toEqual([]);
    } finally {
      await connection.close();
      await demo.close();
    }
  });
});
