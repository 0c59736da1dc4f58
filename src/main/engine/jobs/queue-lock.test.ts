import fs, {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { err, ok, unwrap } from '../../../shared/model/result';
import type { JobContext, RunJob } from './job-context';
import { JobLock, whileHeld } from './job-lock';
import { planOf } from './plan.fixture';
import { JobQueue } from './queue';

/** Jobs whose folder cannot be read or changed when they end. */
let folder: string;
const { closeSync } = fs;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deltascope-jobs-'));
});
afterEach(() => {
  fs.closeSync = closeSync;
  syncBuiltinESMExports();
  rmSync(folder, { recursive: true });
});

const lockOf = (id: string): string => join(folder, `${id}.lock`);
/** A file that can neither be read nor removed. */
function makeUnreadable(path: string): () => void {
  const text = readFileSync(path, 'utf8');
  rmSync(path);
  mkdirSync(path);
  return () => {
    rmdirSync(path);
    writeFileSync(path, text);
  };
}

const lost = { code: 'nbd-unreachable', message: 'The host is away.', nextStep: 'Wait.' };
const exported = ({ report }: JobContext): ReturnType<RunJob> => {
  for (const disk of ['d1', 'd2']) report.outcome(disk, { manifestPath: `/exports/${disk}.json` });
  return Promise.resolve(ok(undefined));
};
const interrupted = ({ report }: JobContext): ReturnType<RunJob> => {
  report.outcome('d1', { interrupted: true, failure: lost });
  return Promise.resolve(err(lost));
};

it.each([
  ['done', exported],
  ['interrupted', interrupted],
] as const)('a job whose lock cannot be removed is %s as it would be, and says so', async (state, run) => {
  let putBack = (): void => undefined;
  const { queue } = await JobQueue.open(folder, (context) => {
    putBack = makeUnreadable(lockOf(context.jobId));
    return run(context);
  });
  const log: string[] = [];
  queue.on('log', ({ level, text }) => log.push(`${level} ${text}`));
  const { id } = unwrap(queue.start(planOf('d1', 'd2')));
  expect((await queue.ended(id)).state).toBe(state);
  const said = log.filter((text) => text.includes(lockOf(id)));
  expect(said).toEqual([expect.stringMatching(/^warn The lock of this job.*could not be removed/)]);
  putBack();
  // For this process it was given back.
  expect(JobLock.isHeld(folder, id)).toBe(false);
});

it('the next job begins after one whose lock could not be removed', async () => {
  const { queue } = await JobQueue.open(folder, (context) => {
    makeUnreadable(lockOf(context.jobId));
    return exported(context);
  });
  const ids = Array.from({ length: 5 }, () => unwrap(queue.start(planOf('d1', 'd2'))).id);
  for (const id of ids) expect((await queue.ended(id)).state).toBe('done');
});

it.runIf(process.platform === 'linux')(
  'nor does a journal that cannot be closed hold anything up',
  async () => {
    const { queue } = await JobQueue.open(folder, exported);
    let failed = 0;
    fs.closeSync = (fd) => {
      const isJournal = readlinkSync(`/proc/self/fd/${fd}`).endsWith('.jsonl');
      closeSync(fd);
      if (!isJournal) return;
      failed++;
      throw Object.assign(new Error('EIO: i/o error, close'), { code: 'EIO', syscall: 'close' });
    };
    syncBuiltinESMExports();
    const log: string[] = [];
    queue.on('log', ({ text }) => log.push(text));
    const ids = Array.from({ length: 5 }, () => unwrap(queue.start(planOf('d1', 'd2'))).id);
    for (const id of ids) expect((await queue.ended(id)).state).toBe('done');
    expect(failed).toBeGreaterThan(0);
    expect(log).toContainEqual(expect.stringContaining('journal could not be closed'));
  },
);

it('what was done under a lock stands, although the lock cannot be removed', async () => {
  const work = (): Promise<string> => {
    makeUnreadable(lockOf('restore'));
    return Promise.resolve('restored');
  };
  expect(await whileHeld(folder, 'restore', work)).toBe('restored');
});
