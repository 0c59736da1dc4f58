import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { JobState } from '../../shared/model/job';
import { whileHeld } from '../engine/jobs/job-lock';
import { newJob } from '../engine/jobs/job-state';
import { Journal } from '../engine/jobs/journal';
import { planOf } from '../engine/jobs/plan.fixture';
import { waitingExports } from './waiting-exports';

const folder = mkdtempSync(join(tmpdir(), 'deltascope-'));
afterAll(() => rmSync(folder, { recursive: true }));

function journalOf(id: string, ...states: JobState[]): void {
  const plan = planOf('disk');
  const journal = Journal.open(folder, id);
  journal.write({ type: 'job', version: 1, job: newJob(id, plan, '2026-01-01T00:00:00.000Z'), plan });
  for (const state of states) journal.write({ type: 'state', state });
  journal.close();
}

it('exports that can go on are named with the command for it: not those that ended, run or are of another pool', async () => {
  journalOf('interrupted', 'running', 'interrupted');
  journalOf('killed', 'running');
  journalOf('done', 'running', 'done');
  journalOf('runs', 'running');
  const ids = ['interrupted', 'killed', 'done', 'runs', 'no-journal'];
  const text = await whileHeld(folder, 'runs', () => Promise.resolve(waitingExports(folder, ids, 'pool')));
  expect(text.split('\n').slice(1)).toEqual([
    '  to /exports: deltascope resume interrupted',
    '  to /exports: deltascope resume killed',
    '',
  ]);
  expect(waitingExports(folder, ['done'], 'pool')).toBe('');
  expect(waitingExports(folder, ids, 'other')).toBe('');
});
