import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JobState } from '../../../shared/model/job';
import { JobLock, whileHeld } from './job-lock';
import { newJob } from './job-state';
import { jobsInUse } from './jobs-in-use';
import { Journal, loadJournals } from './journal';
import { planOf } from './plan.fixture';
import { processStart } from './process-start';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'deltascope-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const plan = planOf('disk');

function journalOf(id: string, ...states: JobState[]): void {
  const journal = Journal.open(folder, id);
  journal.write({ type: 'job', version: 1, job: newJob(id, plan, '2026-01-01T00:00:00.000Z'), plan });
  for (const state of states) journal.write({ type: 'state', state });
  journal.close();
}

const activeIds = async (options = {}): Promise<string[]> =>
  [...(await jobsInUse(folder, options)).active].sort();

it('a folder that is not there holds nothing', async () => {
  expect(await jobsInUse(join(folder, 'none'))).toEqual({
    active: new Set(),
    known: new Set(),
    restored: new Set(),
  });
});

it('whatever has not ended is active, by the journal as it is now', async () => {
  journalOf('queued');
  journalOf('running', 'running');
  journalOf('paused', 'running', 'paused');
  journalOf('interrupted', 'running', 'interrupted');
  for (const state of ['done', 'failed', 'cancelled'] as const) journalOf(state, 'running', state);
  expect(await activeIds()).toEqual(['interrupted', 'paused', 'queued', 'running']);
  expect((await jobsInUse(folder)).known).toContain('failed');
  journalOf('later', 'running');
  expect(await activeIds()).toContain('later');
  expect(await activeIds({ withoutInterrupted: true })).toEqual([]);
});

it('whatever a living process holds is active, with a journal or without', async () => {
  const other = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)']);
  const lock = (id: string): void =>
    writeFileSync(
      join(folder, `${id}.lock`),
      JSON.stringify({ pid: other.pid, start: processStart(other.pid!), token: id }),
    );
  try {
    journalOf('cleaning-up', 'running', 'failed');
    lock('cleaning-up');
    lock('restore');
    expect(await activeIds()).toEqual(['cleaning-up', 'restore']);
    expect(await activeIds({ withoutInterrupted: true })).toEqual(['cleaning-up', 'restore']);
  } finally {
    const ended = new Promise((resolve) => other.once('exit', resolve));
    other.kill('SIGKILL');
    await ended;
  }
  expect(await activeIds()).toEqual([]);
  expect((await jobsInUse(folder)).known).toEqual(new Set(['cleaning-up', 'restore']));
});

it('what is held in this process is active for so long', async () => {
  const during = await whileHeld(folder, 'restore', () => activeIds());
  expect(during).toEqual(['restore']);
  expect(await activeIds()).toEqual([]);
});

it('a damaged journal keeps nothing from being cleaned, and stays as it is', async () => {
  writeFileSync(join(folder, 'damaged.jsonl'), 'nothing\n');
  expect(await jobsInUse(folder)).toMatchObject({ active: new Set(), known: new Set(['damaged']) });
  expect(readFileSync(join(folder, 'damaged.jsonl'), 'utf8')).toBe('nothing\n');
});

it('a journal that another process has just made is not taken for a damaged one', async () => {
  const lock = JobLock.take(folder, 'new')!;
  Journal.open(folder, 'new').close();
  expect(await loadJournals(folder)).toEqual({ journals: [], setAside: [] });
  lock.release();
  expect((await loadJournals(folder)).setAside).toHaveLength(1);
});
