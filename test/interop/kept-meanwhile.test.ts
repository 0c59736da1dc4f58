import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { AfterExport } from '../../src/shared/model/export-plan';
import { unwrap } from '../../src/shared/model/result';
import { runExport } from '../fixtures/exporting';
import { cutOffAfter, fillDisk, JobsOverRuns, type TriedJob } from '../fixtures/interrupted-export';
import { disk } from '../fixtures/pool-connection';
import { connection, jobs, poolPerTest, to } from '../fixtures/pool-per-test';

const MIB = 2 ** 20;
poolPerTest();

let diskUuid: string;
let other: JobsOverRuns;
beforeEach(() => (diskUuid = disk(connection, 'gateway-01 flash').uuid));
afterEach(() => other.remove());

/** An interrupted export, and a copy of the folder of jobs. */
async function interruptedTwice(after: AfterExport): Promise<string> {
  await fillDisk(connection, diskUuid, 8 * MIB);
  const wish = { diskUuids: [diskUuid], targetFolder: to, after };
  const { job } = await jobs.start(wish, cutOffAfter(2 * MIB));
  expect(job.state).toBe('interrupted');
  const copy = mkdtempSync(join(tmpdir(), 'deltascope-jobs-'));
  cpSync(jobs.folder, copy, { recursive: true });
  other = new JobsOverRuns(() => connection, copy);
  return job.id;
}

const spared = ({ log }: TriedJob): string[] => log.filter((text) => /^Snapshot .* stays: /.test(text));

describe('the job of a copied folder of jobs, once the other copy has exported the disk', () => {
  it.each([
    ['keep', 'cancel', 'cancelled'],
    ['purge', 'cancel', 'cancelled'],
    ['purge', 'resume', 'failed'],
  ] as const)('%s: leaves its snapshot, and says so: %s', async (after, how, state) => {
    const jobId = await interruptedTwice(after);
    const done = await jobs.resume(jobId);
    expect(done.job.state).toBe('done');
    const kept = connection.ourObjects();
    expect(kept.map(({ kept }) => kept)).toEqual(kept.map(() => true));
    expect(kept.map(({ kind }) => kind).sort()).toEqual(
      after === 'keep' ? ['disk-snapshot', 'vm-snapshot'] : ['disk-snapshot'],
    );
    const second = await other[how](jobId);
    expect(second.job.state).toBe(state);
    expect(spared(second)).toHaveLength(1);
    expect(connection.ourObjects()).toEqual(kept);
    const next = await runExport(connection, { diskUuids: [diskUuid], targetFolder: to, after });
    expect(next.manifest?.parent).toBeDefined();
  });
});

it('a snapshot that is only its change log by now stays also before it carries the mark', async () => {
  const jobId = await interruptedTwice('purge');
  const [vmSnapshot, snapshot] = connection.ourObjects();
  expect([vmSnapshot.kind, snapshot.kind]).toEqual(['vm-snapshot', 'disk-snapshot']);
  const call = async (method: string, name: 'VM' | 'VDI', uuid: string) =>
    unwrap(await connection.callAsync(z.unknown(), method, [unwrap(await connection.reference(name, uuid))]));
  await call('VM.destroy', 'VM', vmSnapshot.uuid);
  await call('VDI.data_destroy', 'VDI', snapshot.uuid);
  const cancelled = await other.cancel(jobId);
  expect(cancelled.job.state).toBe('cancelled');
  expect(spared(cancelled)).toHaveLength(1);
  expect(connection.ourObjects()).toEqual([snapshot]);
});
