import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import { verifyExport } from '../../src/main/engine/library/verify/verify';
import { filesIn } from '../fixtures/exporting';
import { FailingSync } from '../fixtures/failing-sync';
import { disk } from '../fixtures/pool-connection';
import { connection, jobs, poolPerTest, to } from '../fixtures/pool-per-test';

/** A target that failed while names were given and taken back: the manifest has its name, its files have not. */
poolPerTest();

async function manifestAlone(): Promise<string> {
  const { uuid } = disk(connection, 'gateway-01 flash');
  const failing = await FailingSync.begin(
    (path) => path.startsWith(to) && existsSync(path) && filesIn(to).some((name) => name.endsWith('.json')),
  );
  const wish = { diskUuids: [uuid], targetFolder: to, mode: 'full' as const };
  const { job } = await jobs.start(wish, copyInProcess);
  failing.end();
  expect(job.state).toBe('interrupted');
  const folder = join(to, readdirSync(to)[0]);
  const names = readdirSync(folder).map((name) => name.replace(/\.partial$/, ''));
  expect(names.map((name) => name.replace(/^.*\./, '')).sort()).toEqual(['json', 'qcow2', 'sums']);
  for (const name of names) {
    const found = [name, `${name}.partial`].map((one) => join(folder, one)).find(existsSync);
    renameSync(found!, join(folder, name.endsWith('.json') ? name : `${name}.partial`));
  }
  return job.id;
}

it.each(['resume', 'cancel'] as const)('%s: the export is complete', async (how) => {
  const { job } = await jobs[how](await manifestAlone());
  expect(job.state).toBe('done');
  expect(filesIn(to).map((name) => name.replace(/^.*\./, ''))).toEqual(['json', 'qcow2', 'sums']);
  const verified = await verifyExport(job.disks[0].outcome!.manifestPath!, { chain: true });
  expect(verified).toMatchObject({ ok: true, value: { sound: true } });
});

it('files that are not the ones stay as long as the job may go on', async () => {
  const jobId = await manifestAlone();
  const folder = join(to, readdirSync(to)[0]);
  const image = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.qcow2.partial'))!,
  );
  renameSync(image, `${image}.away`);
  const before = filesIn(to).length;
  const { job } = await jobs.resume(jobId);
  expect(job).toMatchObject({ state: 'interrupted', failure: { code: 'export-damaged' } });
  expect(filesIn(to)).toHaveLength(before);
  renameSync(`${image}.away`, image);
  expect((await jobs.resume(jobId)).job.state).toBe('done');
});
