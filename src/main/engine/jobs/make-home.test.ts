import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { JobLock } from './job-lock';
import { Journal } from './journal';
import { makeHome } from './make-home';

const folder = mkdtempSync(join(tmpdir(), 'deltascope-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('makes the folder and its parents, for their owner alone', () => {
  const jobs = join(folder, 'home', 'jobs');
  makeHome(jobs);
  makeHome(jobs);
  for (const path of [jobs, join(folder, 'home')]) expect(statSync(path).mode & 0o777).toBe(0o700);
});

it('says that a file is in the way', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => makeHome(join(folder, 'file', 'jobs'))).toThrow(/ENOTDIR|EEXIST/);
});

it.runIf(process.platform === 'linux')('nothing of a job waits forever where no folder can be made', () => {
  const jobs = '/proc/deltascope/jobs';
  expect(() => JobLock.take(jobs, 'job')).toThrow('could not be written down');
  expect(() => Journal.open(jobs, 'job')).toThrow('could not be written down');
});
