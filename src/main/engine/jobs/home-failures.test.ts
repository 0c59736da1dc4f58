import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { JobLock } from './job-lock';
import { jobsInUse } from './jobs-in-use';
import { Journal, loadJournals } from './journal';

const folder = mkdtempSync(join(tmpdir(), 'deltascope-'));
afterAll(() => rmSync(folder, { recursive: true }));

it.runIf(process.platform === 'linux')('nothing of a job waits forever where no folder can be made', () => {
  const jobs = '/proc/deltascope/jobs';
  expect(() => JobLock.take(jobs, 'job')).toThrow('could not be written down');
  expect(() => Journal.open(jobs, 'job')).toThrow('could not be written down');
});

it('a folder of jobs that is none is named by whoever reads it', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  for (const jobs of [file, join(file, 'jobs')])
    for (const read of [loadJournals, jobsInUse])
      await expect(read(jobs)).rejects.toMatchObject({
        failure: { code: 'jobs-not-readable', message: expect.stringContaining(jobs) as string },
      });
});
