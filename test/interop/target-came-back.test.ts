import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import type { StartCopy } from '../../src/main/engine/export/copy/worker-client';
import { processStart } from '../../src/main/engine/jobs/process-start';
import { filesIn, readManifestFile, truthOf } from '../fixtures/exporting';
import { fillDisk } from '../fixtures/interrupted-export';
import { judgeExport } from '../fixtures/judge-export';
import { disk } from '../fixtures/pool-connection';
import { connection, folder, jobs, poolPerTest, to } from '../fixtures/pool-per-test';

poolPerTest();

/** The target goes when the copy begins. */
const vanishing: StartCopy = (request, hooks) =>
  copyInProcess(request, {
    ...hooks,
    onConnected: () => {
      renameSync(to, `${to}-away`);
      hooks?.onConnected?.();
    },
  });

it('a target that went and came back: another process goes on while the first one lives', async () => {
  const { uuid } = disk(connection, 'gateway-01 flash');
  await fillDisk(connection, uuid, 8 * 1024 * 1024);
  const { job } = await jobs.start({ diskUuids: [uuid], targetFolder: to }, vanishing);
  expect(job).toMatchObject({ state: 'interrupted', failure: { code: 'file-vanished' } });
  renameSync(`${to}-away`, to);

  const paths = readdirSync(to, { recursive: true, encoding: 'utf8' });
  const lock = join(
    to,
    paths.find((name) => name.endsWith('.lock'))!,
  );
  const holder = JSON.parse(readFileSync(lock, 'utf8')) as object;
  const first = { pid: process.ppid, start: processStart(process.ppid) };
  // Whoever holds a lock that nobody gave back is left alone.
  writeFileSync(lock, JSON.stringify({ ...holder, ...first, token: 'another' }));
  expect((await jobs.resume(job.id)).job).toMatchObject({ failure: { code: 'files-in-use' } });

  writeFileSync(lock, JSON.stringify({ ...holder, ...first }));
  const resumed = await jobs.resume(job.id);
  expect(resumed.job).toMatchObject({ state: 'done' });
  expect([filesIn(to).length, jobs.kept()]).toEqual([3, []]);
  const manifestPath = resumed.job.disks[0].outcome!.manifestPath!;
  const truth = await truthOf(connection, uuid, folder.path);
  const manifest = readManifestFile(manifestPath);
  await judgeExport('qcow2', { ...resumed, manifestPath, manifest, plan: undefined }, truth);
});
