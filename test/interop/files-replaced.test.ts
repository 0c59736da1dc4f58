import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import type { StartCopy } from '../../src/main/engine/export/copy/worker-client';
import { filesIn, readManifestFile, truthOf } from '../fixtures/exporting';
import { FailingSync } from '../fixtures/failing-sync';
import { cutOffAfter, fillDisk, type TriedJob } from '../fixtures/interrupted-export';
import { judgeExport } from '../fixtures/judge-export';
import { act, disk } from '../fixtures/pool-connection';
import { connection, folder, jobs, poolPerTest, to } from '../fixtures/pool-per-test';

/** The unfinished files of an export, replaced by somebody who tidies up or moves folders about. */
const KIB64 = 65_536;
const MIB = 1024 * 1024;
const NAME = 'gateway-01 flash';
poolPerTest();

const folderOfDisk = (): string => join(to, readdirSync(to)[0]);
const copy = (from: string, path: string) => execFileSync('cp', ['-a', '--sparse=always', from, path]);

/** What is there is replaced by a copy of itself. */
function replace(path: string): void {
  mkdirSync(join(to, '..', 'away'), { recursive: true });
  copy(path, `${path}.copy`);
  renameSync(path, join(to, '..', 'away', `${Date.now()}`));
  renameSync(`${path}.copy`, path);
}

/** Calls `meanwhile` once in the middle of the copy. */
const inTheMiddle =
  (meanwhile: () => void): StartCopy =>
  (request, hooks) => {
    let did = false;
    const onCheckpoint: NonNullable<typeof hooks>['onCheckpoint'] = (checkpoint) => {
      if (!did && checkpoint.offset > 65 * MIB) meanwhile();
      did ||= checkpoint.offset > 65 * MIB;
      hooks?.onCheckpoint?.(checkpoint);
    };
    return copyInProcess(
      { ...request, requestBytes: KIB64, checkpointBytes: MIB },
      { ...hooks, onCheckpoint },
    );
  };

async function judgeDone(format: 'raw' | 'vhd' | 'qcow2', { job, log }: TriedJob, truth: string) {
  expect(job).toMatchObject({ state: 'done' });
  const manifestPath = job.disks[0].outcome!.manifestPath!;
  const manifest = readManifestFile(manifestPath);
  await judgeExport(format, { job, log, manifestPath, manifest, plan: undefined }, truth);
}

it.each([
  ['raw', 'the folder', folderOfDisk],
  ['raw', 'the image', () => partial('.raw.partial')],
  ['vhd', 'the image', () => partial('.vhd.partial')],
  ['qcow2', 'the folder', folderOfDisk],
  ['vhd', 'the checksums', () => partial('.sums.partial')],
] as const)('%s: a copy in the place of %s gets no name, and is filled up', async (format, _, place) => {
  const { uuid } = disk(connection, NAME);
  await fillDisk(connection, uuid, 8 * MIB);
  const truth = await truthOf(connection, uuid, folder.path);
  const wish = { diskUuids: [uuid], targetFolder: to, format, mode: 'full' as const };
  const startCopy = inTheMiddle(() => replace(place()));
  const tried = await jobs.start(wish, startCopy);
  expect(tried.job).toMatchObject({ state: 'interrupted', failure: { code: 'target-replaced' } });
  expect(filesIn(to).every((name) => name.endsWith('.partial'))).toBe(true);
  await judgeDone(format, await jobs.resume(tried.job.id), truth);
});

/** Whether it has come so far when a path is made durable; the image is, by then. */
const moments = {
  'the checksums are made durable': (path: string) => path.endsWith('.sums.partial'),
  'the manifest is made durable': (path: string) => path.endsWith('.json.partial'),
  'both have their names': (path: string) =>
    path === folderOfDisk() && readdirSync(path).some((name) => name.endsWith('.sums')),
};
it.each(
  (['raw', 'vhd', 'qcow2'] as const).flatMap((format) =>
    Object.entries(moments).map(([moment, isNow]) => [format, moment, isNow] as const),
  ),
)('%s: nor does one that comes while %s', async (format, _, isNow) => {
  const { uuid } = disk(connection, NAME);
  await fillDisk(connection, uuid, 8 * MIB);
  const truth = await truthOf(connection, uuid, folder.path);
  let did = false;
  const watching = await FailingSync.begin((path) => {
    if (did || !isNow(path)) return false;
    did = true;
    const image = readdirSync(folderOfDisk()).find((name) => /\.(raw|vhd|qcow2)(\.partial)?$/.test(name));
    replace(join(folderOfDisk(), image!));
    return false;
  });
  const wish = { diskUuids: [uuid], targetFolder: to, format, mode: 'full' as const };
  const tried = await jobs.start(wish, copyInProcess);
  watching.end();
  expect(tried.job).toMatchObject({ state: 'interrupted', failure: { code: 'target-replaced' } });
  expect(filesIn(to).every((name) => name.endsWith('.partial'))).toBe(true);
  await judgeDone(format, await jobs.resume(tried.job.id), truth);
});

it('raw: nor does one that came while what was there already was proved', async () => {
  const { uuid } = disk(connection, NAME);
  await fillDisk(connection, uuid, 8 * MIB);
  const truth = await truthOf(connection, uuid, folder.path);
  const wish = { diskUuids: [uuid], targetFolder: to, format: 'raw' as const, mode: 'full' as const };
  const { job } = await jobs.start(wish, cutOffAfter(4 * MIB));
  const startCopy: StartCopy = (request, hooks) =>
    copyInProcess(request, {
      ...hooks,
      onLog: (level, text) => {
        if (text.includes('were proved by their checksums')) replace(partial('.raw.partial'));
        hooks?.onLog?.(level, text);
      },
    });
  const replaced = await jobs.resume(job.id, startCopy);
  expect(replaced.job).toMatchObject({ state: 'interrupted', failure: { code: 'target-replaced' } });
  await judgeDone('raw', await jobs.resume(job.id), truth);
});

function partial(ending: string): string {
  const name = readdirSync(folderOfDisk()).find((each) => each.endsWith(ending));
  return join(folderOfDisk(), name!);
}

it.each(['raw', 'qcow2'] as const)(
  'those of two jobs of a disk that were swapped are not gone on with: %s',
  async (format) => {
    const { uuid } = disk(connection, NAME);
    await fillDisk(connection, uuid, 16 * MIB);
    const wish = { diskUuids: [uuid], targetFolder: to, format, mode: 'full' as const };
    const truths = [await truthOf(connection, uuid, folder.path)];
    copy(truths[0], `${truths[0]}.first`);
    truths[0] += '.first';
    const first = await jobs.start(wish, cutOffAfter(12 * MIB));
    const data = Buffer.alloc(KIB64, 9).toString('base64');
    // In the middle of what was copied.
    await act(connection, 'write', { vdi: uuid, offset: String(64 * MIB + 37 * KIB64), data });
    truths.push(await truthOf(connection, uuid, folder.path));
    const second = await jobs.start(wish, cutOffAfter(12 * MIB));
    const names = readdirSync(folderOfDisk()).filter((name) => name.endsWith(`.${format}.partial`));
    const [a, b] = names.map((name) => join(folderOfDisk(), name.slice(0, name.indexOf('.'))));
    expect(b).toBeDefined();
    for (const ending of ['.sums.partial', `.${format}.partial`]) {
      renameSync(a + ending, `${a}.x`);
      renameSync(b + ending, a + ending);
      renameSync(`${a}.x`, b + ending);
    }
    for (const [at, { job }] of [first, second].entries())
      await judgeDone(format, await jobs.resume(job.id), truths[at]);
  },
);
