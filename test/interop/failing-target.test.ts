import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import type { StartCopy } from '../../src/main/engine/export/copy/worker-client';
import { filesIn, readManifestFile, truthOf } from '../fixtures/exporting';
import { FailingSync } from '../fixtures/failing-sync';
import { cutOffAfter, fillDisk, type TriedJob } from '../fixtures/interrupted-export';
import { judgeExport } from '../fixtures/judge-export';
import { act, disk, fault } from '../fixtures/pool-connection';
import { connection, folder, jobs, poolPerTest, to } from '../fixtures/pool-per-test';

const MIB = 1024 * 1024;
const NAME = 'gateway-01 flash';
let failing: FailingSync | undefined;
poolPerTest();
afterEach(() => failing?.end());

/** With many checkpoints. */
const inPieces: StartCopy = (request, hooks) =>
  copyInProcess({ ...request, requestBytes: 128 * 1024, checkpointBytes: MIB }, hooks);

async function exportOnce(format: 'raw' | 'vhd' | 'qcow2'): Promise<TriedJob> {
  const { uuid } = disk(connection, NAME);
  await fillDisk(connection, uuid, 8 * MIB);
  return jobs.start({ diskUuids: [uuid], targetFolder: to, format, mode: 'full' }, inPieces);
}

/** Goes on, and says how much was read of the snapshot meanwhile. */
async function resume(jobId: string): Promise<TriedJob & { servedBytes: number }> {
  failing?.end();
  failing = undefined;
  const [vdi] = disk(connection, NAME).snapshotUuids;
  await act(connection, 'reset-nbd-stats');
  const resumed = await jobs.resume(jobId);
  const { bytes } = await act<{ bytes: number }>(connection, 'nbd-stats', { vdi });
  return { ...resumed, servedBytes: bytes };
}

async function judge(format: 'raw' | 'vhd' | 'qcow2', { job, log }: TriedJob): Promise<void> {
  expect([job.state, job.failure]).toEqual(['done', undefined]);
  const { manifestPath = '' } = job.disks[0].outcome!;
  const manifest = readManifestFile(manifestPath);
  const truth = await truthOf(connection, disk(connection, NAME).uuid, folder.path);
  await judgeExport(format, { job, log, manifestPath, manifest, plan: undefined }, truth);
  expect(filesIn(to).filter((name) => name.includes('partial'))).toEqual([]);
}

describe('what could not be made durable', () => {
  it.each([
    ['raw', 'the image', '.raw.partial', 2],
    ['vhd', 'the image', '.vhd.partial', 3],
    ['qcow2', 'the image', '.qcow2.partial', 2],
    ['qcow2', 'the checksums', '.sums.partial', 2],
  ] as const)('%s: %s, is written anew, whatever reads back well', async (format, _, ending, nth) => {
    const kept = `${to}-kept`;
    let seen = 0;
    failing = await FailingSync.begin((path) => {
      if (!path.endsWith(ending) || ++seen !== nth) return false;
      cpSync(to, kept, { recursive: true });
      return true;
    });
    const { job } = await exportOnce(format);
    expect(job).toMatchObject({ state: 'interrupted', failure: { code: 'target-not-durable' } });
    expect(seen).toBeGreaterThanOrEqual(nth);
    expect(connection.ourObjects().length).toBeGreaterThan(0);
    expect(filesIn(to)).toEqual([]);
    // As if the broken drive had not let them be removed: all of it reads back well.
    cpSync(kept, to, { recursive: true });
    expect(filesIn(to).length).toBeGreaterThan(1);
    const resumed = await resume(job.id);
    expect(resumed.servedBytes).toBe(resumed.job.disks[0].progress!.totalBytes);
    await judge(format, resumed);
  });
});

it('that nothing could be made durable is noted at once, while a read is still not answered', async () => {
  const { uuid } = disk(connection, NAME);
  await fillDisk(connection, uuid, 8 * MIB);
  await fault(connection, { kind: 'stall-nbd', count: 1 });
  let seen = 0;
  failing = await FailingSync.begin((path) => path.endsWith('.raw.partial') && ++seen === 2);
  const wish = { diskUuids: [uuid], targetFolder: to, format: 'raw' as const, mode: 'full' as const };
  const { job, log } = await jobs.start({ ...wish, connections: 2 }, inPieces);
  expect(job).toMatchObject({ state: 'interrupted', failure: { code: 'target-not-durable' } });
  expect((await act<{ nbd: { stallReads: number }[] }>(connection, 'faults')).nbd[0].stallReads).toBe(0);
  // It did not wait until the read was given up.
  expect(log.filter((text) => /tried again|no answer|lost/i.test(text))).toEqual([]);
  expect(job.disks[0].progress).toMatchObject({ retries: 0 });
});

it('what could not be made durable does not count either when the target was away for a while', async () => {
  const kept = `${to}-kept`;
  let seen = 0;
  failing = await FailingSync.begin((path) => {
    if (!path.endsWith('.raw.partial') || ++seen !== 2) return false;
    cpSync(to, kept, { recursive: true });
    return true;
  });
  const { job } = await exportOnce('raw');
  expect(job).toMatchObject({ state: 'interrupted', failure: { code: 'target-not-durable' } });
  failing.end();
  failing = undefined;
  rmSync(to, { recursive: true });
  const { job: away } = await jobs.resume(job.id);
  expect(away).toMatchObject({ state: 'interrupted', failure: { code: 'target-folder-missing' } });
  // All of it reads back well.
  cpSync(kept, to, { recursive: true });
  const resumed = await resume(job.id);
  expect(resumed.servedBytes).toBe(resumed.job.disks[0].progress!.totalBytes);
  await judge('raw', resumed);
});

it('a cancelled job says which files it could not remove while the target is away', async () => {
  const interrupted: StartCopy = (request, hooks) => cutOffAfter(MIB)(request, hooks);
  const { uuid } = disk(connection, NAME);
  await fillDisk(connection, uuid, 8 * MIB);
  const wish = { diskUuids: [uuid], targetFolder: to, format: 'raw' as const };
  const { job } = await jobs.start(wish, interrupted);
  expect(job.state).toBe('interrupted');
  const away = `${to}-away`;
  renameSync(to, away);
  const { job: cancelled } = await jobs.cancel(job.id);
  const { failure } = cancelled.disks[0].outcome!;
  expect(cancelled.state).toBe('cancelled');
  expect(failure?.code).toBe('files-left');
  const [image] = filesIn(away).filter((name) => name.endsWith('.raw.partial'));
  expect(failure?.nextStep).toContain(basename(image));
  expect(connection.ourObjects()).toEqual([]);
});

it('an image that does not read back as what it should be gets no name', async () => {
  // The copy of a VHD's footer, which nothing else looks at.
  const spoiled: StartCopy = (request, hooks) => {
    const running = copyInProcess(request, hooks);
    const spoil = (): void => {
      const bytes = readFileSync(request.target.path);
      bytes[30] ^= 1;
      writeFileSync(request.target.path, bytes);
    };
    return { ...running, done: running.done.then((end) => (spoil(), end)) };
  };
  const wish = { diskUuids: [disk(connection, NAME).uuid], targetFolder: to, format: 'vhd' as const };
  const { job } = await jobs.start(wish, spoiled);
  expect(job).toMatchObject({ state: 'failed', failure: { code: 'image-unsound' } });
  expect(filesIn(to)).toEqual([]);
  expect(connection.ourObjects()).toEqual([]);
});

it.each([
  ['full', 'qcow2'],
  ['stream', 'qcow2'],
  ['cbt', 'raw'],
  ['cbt', 'vhd'],
] as const)(
  'a target that goes before a copy (%s, %s) begins leaves nothing when it is back',
  async (mode, format) => {
    const wish = { diskUuids: [disk(connection, NAME).uuid], targetFolder: to, format };
    if (mode === 'cbt')
      expect((await jobs.start({ ...wish, after: 'keep' }, copyInProcess)).job.state).toBe('done');
    const before = mode === 'cbt' ? filesIn(to) : [];
    const away = `${to}-away`;
    const gone: StartCopy = (request, hooks) => {
      renameSync(to, away);
      return copyInProcess(request, hooks);
    };
    const { job } = await jobs.start({ ...wish, mode }, gone);
    expect(job.state).toBe('interrupted');
    expect(['target-folder-missing', 'file-vanished']).toContain(job.failure!.code);
    renameSync(away, to);
    expect(filesIn(to).length).toBeGreaterThan(before.length);
    await judge(format, await jobs.resume(job.id));
    expect(filesIn(to)).toHaveLength(before.length + 3);
  },
);

it('a target that goes before the base was looked at is waited for', async () => {
  const wish = { diskUuids: [disk(connection, NAME).uuid], targetFolder: to };
  expect((await jobs.start(wish, copyInProcess)).job.state).toBe('done');
  const away = `${to}-away`;
  const { job } = await jobs.start(wish, copyInProcess, (queue) =>
    queue.on('changed', ({ disks: [{ phases }] }) => {
      const lists = phases.some(({ name, state }) => name === 'list-changes' && state === 'running');
      if (lists && !existsSync(away)) renameSync(to, away);
    }),
  );
  expect(job).toMatchObject({ state: 'interrupted', failure: { code: 'file-vanished' } });
  renameSync(away, to);
  await judge('qcow2', await jobs.resume(job.id));
  expect(filesIn(to)).toHaveLength(6);
});

describe('a failure while the files get their names', () => {
  it.each([1, 2, 3])('keeps the finished image (sync %i of the folder)', async (nth) => {
    let seen = 0;
    failing = await FailingSync.begin((path) => {
      const [name] = readdirSync(to);
      // The folder is made durable only when names are given.
      return path === join(to, name) && ++seen === nth;
    });
    mkdirSync(to);
    const { job } = await exportOnce('qcow2');
    expect(job).toMatchObject({ state: 'interrupted', failure: { code: 'target-write-error' } });
    const names = filesIn(to).map((name) => basename(name).replace(/^[^.]*/, ''));
    expect(names).toEqual(['.json.partial', '.qcow2.partial', '.sums.partial']);
    const resumed = await resume(job.id);
    expect(resumed.servedBytes).toBe(0);
    await judge('qcow2', resumed);
  });

  it('is the failure that is told, also when nothing can be cleaned up', async () => {
    mkdirSync(to);
    failing = await FailingSync.begin((path) => {
      const [name] = readdirSync(to);
      if (path !== join(to, name)) return false;
      // Everything is gone, as with the drive; also what was to be taken back.
      rmSync(path, { recursive: true });
      return true;
    });
    const { job } = await exportOnce('qcow2');
    expect(job).toMatchObject({ state: 'interrupted', failure: { code: 'target-write-error' } });
  });
});
