import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { JobLock } from './job-lock';
import { jobFromJournal, newJob } from './job-state';
import { Journal, readJournal } from './journal';
import { JOURNAL_VERSION } from './journal-entry';
import { settleLeftBehind } from './left-behind';
import { planOf } from './plan.fixture';

const plan = planOf('disk');
const failure = { code: 'pool-left', message: 'It stays.', nextStep: 'Remove it.' };
const clean = { poolUuid: 'pool', mayHold: () => false };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deltascope-left-'));
  const journal = Journal.open(folder, 'a');
  journal.write({
    type: 'job',
    version: JOURNAL_VERSION,
    job: newJob('a', plan, '2026-01-01T00:00:00Z'),
    plan,
  });
  journal.write({ type: 'left-behind', poolUuid: 'pool', failure });
  journal.write({ type: 'state', state: 'done' });
  journal.close();
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const saysSo = (): boolean => jobFromJournal(readJournal(folder, 'a')!.entries)!.leftBehind !== undefined;

it('a job says so until its own pool holds nothing of it', () => {
  expect(settleLeftBehind(folder, 'a', { ...clean, poolUuid: 'another' })).toBe(false);
  expect(settleLeftBehind(folder, 'a', { ...clean, mayHold: (id) => id === 'a' })).toBe(false);
  expect(saysSo()).toBe(true);
  expect(settleLeftBehind(folder, 'a', clean)).toBe(true);
  expect(saysSo()).toBe(false);
});

it('what another process has in hand is left to it', () => {
  const theirs = JobLock.take(folder, 'a')!;
  expect(settleLeftBehind(folder, 'a', clean)).toBe(false);
  theirs.release();
  expect(saysSo()).toBe(true);
});

it('a job that is forgotten at that moment does not come back as a damaged one', () => {
  const take = JobLock.take.bind(JobLock);
  vi.spyOn(JobLock, 'take').mockImplementationOnce((...where) => {
    rmSync(join(folder, 'a.jsonl'));
    return take(...where);
  });
  expect(settleLeftBehind(folder, 'a', clean)).toBe(true);
  expect(readdirSync(folder)).toEqual([]);
});
