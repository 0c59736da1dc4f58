import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import type { StartCopy } from '../../src/main/engine/export/copy/worker-client';
import {
  filesIn,
  imageOf,
  readManifestFile,
  runExport,
  truthOf,
  type ExportedJob,
} from '../fixtures/exporting';
import { judgeExport } from '../fixtures/judge-export';
import { act, disk } from '../fixtures/pool-connection';
import { connection, folder, jobs, poolPerTest, to } from '../fixtures/pool-per-test';

const NAME = 'gateway-01 flash';
poolPerTest();

/** A full export, and a change for an increment to find. */
async function fullOf(format: 'raw' | 'vhd' | 'qcow2'): Promise<ExportedJob> {
  const { uuid } = disk(connection, NAME);
  const full = await runExport(connection, { diskUuids: [uuid], targetFolder: to, format });
  expect(full.job.state).toBe('done');
  const data = Buffer.alloc(65_536, 7).toString('base64');
  await act(connection, 'write', { vdi: uuid, offset: String(3 * 65_536), data });
  return full;
}

/** Something happens to the base just when the copy has ended. */
const then =
  (what: () => void): StartCopy =>
  (request, hooks) => {
    const running = copyInProcess(request, hooks);
    return { ...running, done: running.done.then((outcome) => (what(), outcome)) };
  };

const lost = { state: 'interrupted', failure: { code: 'base-lost' } };
const partial = (): string[] => filesIn(to).filter((name) => name.endsWith('.partial'));

describe.each(['raw', 'vhd', 'qcow2'] as const)('the base of an increment of %s', (format) => {
  const replaced = (path: string): void => {
    const text = readFileSync(path, 'utf8').replace(
      /"id": "[^"]+"/,
      '"id": "99999999-0000-4000-8000-000000000000"',
    );
    writeFileSync(path, text);
  };

  it.each(['moved away', 'replaced'])('is %s while it is copied: it waits for its return', async (how) => {
    const { manifestPath } = await fullOf(format);
    const [path, aside] = how === 'replaced' ? [manifestPath, '.aside'] : [imageOf(manifestPath), '.aside'];
    const before = how === 'replaced' ? readFileSync(path) : undefined;
    const wish = { diskUuids: [disk(connection, NAME).uuid], targetFolder: to, format };
    const take = (): void => (how === 'replaced' ? replaced(path) : renameSync(path, path + aside));
    const { job } = await jobs.start(wish, then(take));
    expect(job).toMatchObject(lost);
    expect(partial()).toHaveLength(3);
    expect(filesIn(to).filter((name) => name.endsWith('.json'))).toHaveLength(1);
    const [snapshotUuid] = disk(connection, NAME).snapshotUuids.slice(-1);
    if (how !== 'replaced') {
      const still = await jobs.resume(job.id);
      expect(still.job).toMatchObject(lost);
      expect(partial()).toHaveLength(3);
    }
    if (before === undefined) renameSync(path + aside, path);
    else writeFileSync(path, before);
    await act(connection, 'reset-nbd-stats');
    const resumed = await jobs.resume(job.id);
    expect([resumed.job.state, resumed.job.failure]).toEqual(['done', undefined]);
    expect((await act<{ bytes: number }>(connection, 'nbd-stats', { vdi: snapshotUuid })).bytes).toBe(0);
    const increment = resumed.job.disks[0].outcome!.manifestPath!;
    const manifest = readManifestFile(increment);
    expect(manifest.parent).toBeDefined();
    const truth = await truthOf(connection, disk(connection, NAME).uuid, folder.path);
    const exported = { ...resumed, manifestPath: increment, manifest, plan: undefined as never };
    await judgeExport(format, exported, truth);
  });
});

it.each(['raw', 'vhd', 'qcow2'] as const)(
  'a base that cannot be opened once the copy begins leaves no files of the increment (%s)',
  async (format) => {
    const { manifestPath, manifest } = await fullOf(format);
    const before = filesIn(to);
    const sums = join(dirname(manifestPath), manifest.checksums.file);
    const startCopy: StartCopy = (request, hooks) => {
      renameSync(sums, `${sums}.aside`);
      const running = copyInProcess(request, hooks);
      return { ...running, done: running.done.finally(() => renameSync(`${sums}.aside`, sums)) };
    };
    const { job } = await jobs.start(
      { diskUuids: [disk(connection, NAME).uuid], targetFolder: to, format },
      startCopy,
    );
    expect(job.disks[0].outcome?.failure).toMatchObject({ code: 'checksums-missing' });
    expect(filesIn(to)).toEqual(before);
  },
);

it('the snapshot of the base stays on the pool when the base is gone after all', async () => {
  const { manifestPath, manifest } = await fullOf('qcow2');
  const image = imageOf(manifestPath);
  const wish = { diskUuids: [disk(connection, NAME).uuid], targetFolder: to };
  const increment = await runExport(connection, wish, {
    meanwhile: (queue) =>
      queue.on('changed', ({ disks }) => {
        const cleaning = disks[0].phases.some(
          ({ name, state }) => name === 'clean-up' && state === 'running',
        );
        if (cleaning && existsSync(image)) renameSync(image, `${image}.aside`);
      }),
  });
  expect(increment.job.state).toBe('done');
  expect(dirname(increment.manifestPath)).toBe(dirname(manifestPath));
  expect(existsSync(image)).toBe(false);
  expect(increment.log.some((text) => text.includes('old base snapshot stays'))).toBe(true);
  expect(connection.inventory().snapshots.map(({ uuid }) => uuid)).toContain(manifest.snapshot.uuid);
});
