import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DiskPlan } from '../../../../shared/model/export-plan';
import { attempt } from '../../../../shared/model/result';
import { JobFiles } from '../../jobs/job-files';
import type { EarlierDisk } from './earlier-run';
import type { DiskToExport } from './export-disk';
import { demandSnapshot, unfinishedOf } from './resume-disk';
import type { Run } from './run';

const SIZE = 1024 * 1024;
const JOB = 'job-1';
const names = { image: 'a.raw', checksums: 'a.sums', manifest: 'a.json' };
const plan = { diskUuid: 'disk', diskName: 'data' } as DiskPlan;
const snapshot = { diskUuid: 'disk', snapshotUuid: 'snapshot', sizeBytes: SIZE, cbtEnabled: true };
const there = { uuid: 'snapshot', hasData: true, sizeBytes: SIZE };

let folder: string;
let files: JobFiles;
let log: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deltascope-'));
  files = new JobFiles(folder, JOB);
  log = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A job that goes on, on a pool that shows this of its snapshot. */
const run = (found: Partial<typeof there> | undefined = there, jobId = JOB): Run =>
  ({
    pool: {
      inventory: () => ({ snapshots: found ? [{ ...there, ...found }] : [] }),
      ourObjects: () => [{ uuid: 'snapshot', jobId }],
    },
    context: { jobId: JOB, files, report: { log: (_: string, text: string) => log.push(text) } },
  }) as unknown as Run;

describe('the snapshot that a job goes on with', () => {
  const demanded = (on: Run) =>
    attempt(() => {
      demandSnapshot(plan, snapshot, on);
      return Promise.resolve('goes on');
    });

  it('is the one that it took', async () => {
    expect(await demanded(run())).toMatchObject({ ok: true });
    // What a pool does not say cannot differ.
    expect(await demanded(run({ sizeBytes: undefined }))).toMatchObject({ ok: true });
  });

  it.each([
    ['is gone', 'resume-snapshot-gone', () => run({ uuid: 'another' })],
    ['lost its data', 'resume-snapshot-purged', () => run({ hasData: false })],
    ['carries the mark of another job', 'resume-snapshot-changed', () => run(there, 'job-2')],
    ['has another size', 'resume-snapshot-changed', () => run({ sizeBytes: SIZE + 512 })],
  ])('%s: it does not go on', async (_, code, on) => {
    expect(await demanded(on())).toMatchObject({ ok: false, failure: { code } });
  });
});

describe('the checkpoint that a job goes on with', () => {
  const checkpoint = {
    version: 1 as const,
    snapshotUuid: 'snapshot',
    sizeBytes: SIZE,
    image: names.image,
    offset: SIZE / 2,
    sums: 'ab'.repeat(32),
  };
  const earlier = { publishing: false, writing: { diskUuid: 'disk', names, uuid: 'x' } } as EarlierDisk;
  const disk = { plan, snapshot, mode: 'full' } as DiskToExport;

  it('is of the same snapshot, size and image', () => {
    files.writeCheckpoint('disk', checkpoint);
    const { offset, sums } = checkpoint;
    expect(unfinishedOf(earlier, disk, run())).toMatchObject({ checkpoint: { offset, sums }, anew: false });
    expect(log).toEqual([]);
  });

  it.each([
    ['snapshot', { snapshotUuid: 'another' }],
    ['size', { sizeBytes: SIZE + 512 }],
    ['image', { image: 'b.raw' }],
    ['place, beyond the end', { offset: SIZE + 1 }],
  ])('of another %s does not count, which is said', (_, other) => {
    files.writeCheckpoint('disk', { ...checkpoint, ...other });
    expect(unfinishedOf(earlier, disk, run())).toMatchObject({ checkpoint: undefined, anew: false });
    expect(log).toEqual(['The checkpoint of data is of another copy; the files alone are looked at.']);
  });
});
