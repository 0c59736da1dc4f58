import { execFileSync } from 'node:child_process';
import {
  closeSync,
  openSync,
  readFileSync,
  readdirSync,
  readSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import { copyInWorker, type StartCopy } from '../../src/main/engine/export/copy/worker-client';
import { err } from '../../src/shared/model/result';
import { filesIn, readManifestFile, runExport, truthOf } from '../fixtures/exporting';
import { cutOffAfter, fillDisk, isReadAgain, type TriedJob } from '../fixtures/interrupted-export';
import { judgeExport } from '../fixtures/judge-export';
import { act, disk } from '../fixtures/pool-connection';
import { connection, folder, jobs, poolPerTest, to } from '../fixtures/pool-per-test';

const KIB64 = 65_536;
const MIB = 1024 * 1024;
const NAME = 'gateway-01 flash';
poolPerTest();

const uuidOf = (): string => disk(connection, NAME).uuid;

/** A full export, cut off after 10 MiB. */
async function interrupted(format: 'raw' | 'vhd' | 'qcow2'): Promise<TriedJob & { snapshotUuid: string }> {
  await fillDisk(connection, uuidOf(), 16 * MIB);
  const wish = { diskUuids: [uuidOf()], targetFolder: to, format, mode: 'full' as const };
  const tried = await jobs.start(wish, cutOffAfter(10 * MIB));
  expect(tried.job).toMatchObject({ state: 'interrupted', failure: { code: 'nbd-unreachable' } });
  const [snapshotUuid] = disk(connection, NAME).snapshotUuids;
  expect(filesIn(to).every((name) => name.endsWith('.partial'))).toBe(true);
  await act(connection, 'reset-nbd-stats');
  return { ...tried, snapshotUuid };
}

const served = (uuid: string) =>
  act<{ bytes: number; ranges: { offset: number; length: number }[] }>(connection, 'nbd-stats', {
    vdi: uuid,
  });

const partial = (ending: 'image' | 'sums'): string => {
  const [name] = readdirSync(to);
  const found = readdirSync(join(to, name)).find((file) =>
    ending === 'sums' ? file.endsWith('.sums.partial') : /\.(raw|img|vhd|qcow2)\.partial$/.test(file),
  );
  return join(to, name, found!);
};

/** Blocks that have a checksum, by the documented layout of the checksum file. */
function summed(): number[] {
  const sums = readFileSync(partial('sums'));
  const blocks: number[] = [];
  for (let at = 64; at < sums.length; at += 8)
    if (sums.readBigUInt64LE(at) !== 0n) blocks.push((at - 64) / 8);
  return blocks;
}

function readPart(path: string, offset: number, length: number): Buffer {
  const file = openSync(path, 'r');
  const bytes = Buffer.alloc(length);
  expect(readSync(file, bytes, 0, length, offset)).toBe(length);
  closeSync(file);
  return bytes;
}

function flipByte(path: string, offset: number): void {
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, offset);
  byte[0] ^= 0x40;
  writeSync(file, byte, 0, 1, offset);
  closeSync(file);
}

const keptBytes = ({ log }: TriedJob): number =>
  Number(
    /^(\d+) bytes are there already/.exec(log.find((text) => text.includes('there already')) ?? '')?.[1] ?? 0,
  );

async function judge(format: 'raw' | 'vhd' | 'qcow2', { job, log }: TriedJob): Promise<void> {
  expect([job.state, job.failure]).toEqual(['done', undefined]);
  const { manifestPath = '' } = job.disks[0].outcome!;
  const manifest = readManifestFile(manifestPath);
  const truth = await truthOf(connection, uuidOf(), folder.path);
  await judgeExport(format, { job, log, manifestPath, manifest, plan: undefined }, truth);
  expect(filesIn(to).filter((name) => name.includes('partial'))).toEqual([]);
  expect(jobs.kept()).toEqual([]);
  expect(connection.ourObjects()).toMatchObject([{ kind: 'disk-snapshot', kept: true }]);
}

describe.each(['raw', 'vhd', 'qcow2'] as const)('%s', (format) => {
  it('a full export goes on with the missing blocks alone', async () => {
    const { job, snapshotUuid } = await interrupted(format);
    const resumed = await jobs.resume(job.id);
    const total = job.disks[0].progress!.totalBytes;
    expect(resumed.job.disks[0].progress!.totalBytes).toBe(total);
    const { bytes } = await served(snapshotUuid);
    expect(keptBytes(resumed)).toBeGreaterThan(MIB);
    expect(isReadAgain(resumed.log.join('\n'), bytes - (total - keptBytes(resumed)))).toBe(true);
    await judge(format, resumed);
  });

  it('an increment goes on, interrupted twice; zeroed and unchanged blocks as well', async () => {
    const uuid = uuidOf();
    const wish = { diskUuids: [uuid], targetFolder: to, format };
    const full = await runExport(connection, wish);
    expect(full.job.state).toBe('done');
    for (let block = 0; block < 200; block += 2)
      await act(connection, 'write', {
        vdi: uuid,
        offset: String(block * KIB64),
        data: Buffer.alloc(KIB64, 1 + (block % 250)).toString('base64'),
      });
    await act(connection, 'zero', { vdi: uuid, offset: String(101 * KIB64), length: String(20 * KIB64) });
    await act(connection, 'reset-nbd-stats');
    const first = await jobs.start(wish, cutOffAfter(2 * MIB));
    expect(first.job.state).toBe('interrupted');
    const second = await jobs.resume(first.job.id, cutOffAfter(4 * MIB));
    expect(second.job.state).toBe('interrupted');
    const third = await jobs.resume(first.job.id);
    expect(keptBytes(second)).toBeGreaterThan(0);
    expect(keptBytes(third)).toBeGreaterThanOrEqual(keptBytes(second));
    expect(third.job.disks[0]).toMatchObject({ mode: 'cbt' });
    await judge(format, third);
    const { manifestPath = '' } = third.job.disks[0].outcome!;
    const { bytes } = readManifestFile(manifestPath);
    expect(bytes.read).toBe(bytes.changed);
    expect(bytes.written + bytes.zero + bytes.equal).toBe(bytes.changed);
  });

  it('a flipped byte in the unfinished image is noticed, and its block read again', async () => {
    const { job, snapshotUuid } = await interrupted(format);
    // The last block of the file that is surely behind all metadata and was synced: any byte of a kept block will do.
    const block = summed()[8];
    const image = partial('image');
    const truth = readPart(await truthOf(connection, uuidOf(), folder.path), block * KIB64, KIB64);
    // The whole of a raw one would be a gigabyte of zeros.
    const first = format === 'raw' ? block * KIB64 : 0;
    const at =
      first + readPart(image, first, Math.min(statSync(image).size - first, 64 * MIB)).indexOf(truth);
    expect(at).toBeGreaterThanOrEqual(first);
    flipByte(image, at + 777);
    const resumed = await jobs.resume(job.id);
    expect(resumed.log.some((text) => text.includes('were not what was written'))).toBe(true);
    const { ranges } = await served(snapshotUuid);
    const offset = block * KIB64;
    expect(ranges.some((range) => range.offset <= offset && offset < range.offset + range.length)).toBe(true);
    await judge(format, resumed);
  });

  it('an unfinished image that lost its tail, though the checkpoint is newer, is filled up', async () => {
    const { job } = await interrupted(format);
    const image = partial('image');
    truncateSync(image, Math.floor(statSync(image).size / (format === 'raw' ? 40 : 2)));
    await judge(format, await jobs.resume(job.id));
  });

  it('checksums and image that both lost their tail behind an older sync', async () => {
    const { job } = await interrupted(format);
    const blocks = summed();
    const middle = blocks[Math.floor(blocks.length / 2)];
    const sums = readFileSync(partial('sums'));
    sums.fill(0, 64 + middle * 8);
    writeFileSync(partial('sums'), sums);
    const image = partial('image');
    const { size } = statSync(image);
    truncateSync(image, format === 'raw' ? middle * KIB64 : Math.floor(size / 2));
    truncateSync(image, size);
    const resumed = await jobs.resume(job.id);
    expect(resumed.log.some((text) => text.includes('not those of the last checkpoint'))).toBe(true);
    await judge(format, resumed);
  });
});

it('a hole in place of kept data of a raw image is noticed, and its blocks read again', async () => {
  const { job, snapshotUuid } = await interrupted('raw');
  const [first, , second] = summed();
  for (const block of [first, second])
    execFileSync('fallocate', ['-p', '-o', `${block * KIB64}`, '-l', `${KIB64}`, partial('image')]);
  const resumed = await jobs.resume(job.id);
  const lost = resumed.log.find((text) => text.includes('were not what was written'));
  // More where the end of the image had not been written yet, but its checksums had.
  expect(Number.parseInt(lost ?? '', 10)).toBeGreaterThanOrEqual(2 * KIB64);
  const { ranges } = await served(snapshotUuid);
  for (const offset of [first * KIB64, second * KIB64])
    expect(ranges.some((range) => range.offset <= offset && offset < range.offset + range.length)).toBe(true);
  await judge('raw', resumed);
});

describe('what cannot be gone on with', () => {
  it('a damaged checkpoint and a damaged list of blocks are set aside, said, and done without', async () => {
    const { job } = await interrupted('qcow2');
    for (const name of jobs.kept()) flipByte(join(jobs.folder, name), 20);
    const resumed = await jobs.resume(job.id);
    expect(resumed.log.some((text) => text.includes('The checkpoint of') && text.includes('.damaged'))).toBe(
      true,
    );
    expect(resumed.log.some((text) => text.includes('the pool is asked again'))).toBe(true);
    await judge('qcow2', resumed);
  });

  it('an image whose header is not ours is begun anew', async () => {
    const { job } = await interrupted('vhd');
    flipByte(partial('image'), 600);
    const resumed = await jobs.resume(job.id);
    expect(resumed.log.some((text) => text.includes('cannot be continued'))).toBe(true);
    expect(keptBytes(resumed)).toBe(0);
    await judge('vhd', resumed);
  });

  it('a snapshot that is gone: a clear end, and nothing is left', async () => {
    const { job, snapshotUuid } = await interrupted('qcow2');
    const { finishSnapshot } = await import('../../src/main/engine/cbt');
    const vmSnapshotUuid = connection.ourObjects().find(({ kind }) => kind === 'vm-snapshot')!.uuid;
    await finishSnapshot(connection, { vmSnapshotUuid, snapshotUuids: [snapshotUuid] }, 'remove');
    const resumed = await jobs.resume(job.id);
    expect(resumed.job).toMatchObject({ state: 'failed', failure: { code: 'resume-snapshot-gone' } });
    expect(filesIn(to)).toEqual([]);
    expect(jobs.kept()).toEqual([]);
    expect(connection.ourObjects()).toEqual([]);
  });

  it('cancelled: the pool and the disk are clean', async () => {
    const { job } = await interrupted('vhd');
    const cancelled = await jobs.cancel(job.id);
    expect(cancelled.job.state).toBe('cancelled');
    expect(filesIn(to)).toEqual([]);
    expect(jobs.kept()).toEqual([]);
    expect(connection.ourObjects()).toEqual([]);
    const left = await act<{ class: string }[]>(connection, 'leftovers');
    expect(left.filter(({ class: name }) => ['task', 'VM', 'VDI', 'VBD'].includes(name))).toEqual([]);
  });
});

describe('in one run', () => {
  it('cancelled, it leaves nothing of the disks that had been interrupted before either', async () => {
    const diskUuids = [NAME, 'db-01 system', 'db-01 data'].map((name) => disk(connection, name).uuid);
    const failure = { code: 'nbd-unreachable', message: 'The host is away.', nextStep: 'Wait.' };
    let started = 0;
    const startCopy: StartCopy = (request, hooks) => {
      const onConnected = (): void => {
        hooks?.onConnected?.();
        if (isLast) copy.pause();
        else copy.cancel();
      };
      const isLast = ++started === diskUuids.length;
      const copy = copyInProcess(request, { ...hooks, onConnected });
      return isLast ? copy : { ...copy, done: copy.done.then(() => err(failure)) };
    };
    const kept: number[] = [];
    const cancelled = await jobs.start(
      { diskUuids, targetFolder: to, format: 'vhd', mode: 'full' },
      startCopy,
      (queue, jobId) =>
        queue.on('changed', ({ disks }) => {
          const isCopying = disks.some(({ outcome, phases }) =>
            phases.some(({ name, state }) => !outcome && name === 'copy' && state === 'running'),
          );
          if (!isCopying || disks.filter(({ outcome }) => outcome).length < 2 || kept.length > 0) return;
          kept.push(filesIn(to).filter((name) => name.endsWith('.partial')).length);
          queue.cancel(jobId);
        }),
    );
    expect(kept).toEqual([9]);
    expect(cancelled.job.state).toBe('cancelled');
    expect(cancelled.job.disks.map(({ outcome }) => outcome?.failure?.code)).toEqual(
      diskUuids.map(() => 'cancelled'),
    );
    expect(filesIn(to)).toEqual([]);
    expect(jobs.kept()).toEqual([]);
    expect(connection.ourObjects()).toEqual([]);
    const left = await act<{ class: string }[]>(connection, 'leftovers');
    expect(left.filter(({ class: name }) => ['task', 'VM', 'VDI', 'VBD'].includes(name))).toEqual([]);
  });

  it('a copy worker that dies is replaced, and its copy goes on from the checkpoint', async () => {
    const names: unknown[] = [];
    const dyingOnce: StartCopy = (request, hooks) => {
      if (request.source.kind === 'nbd') names.push(request.source.targets[0].exportName);
      if (names.length > 1) return copyInProcess(request, hooks);
      const running = cutOffAfter(6 * MIB)(request, hooks);
      const died = { code: 'copy-worker-died', message: 'It died.', nextStep: '' };
      const dies = running.done.then(() => act(connection, 'expire-sessions'));
      return { ...running, done: dies.then(() => ({ ok: false as const, failure: died })) };
    };
    const wish = { diskUuids: [uuidOf()], targetFolder: to, format: 'qcow2' as const, mode: 'full' as const };
    const tried = await jobs.start(wish, dyingOnce);
    // Export names end with their session.
    expect(new Set(names).size).toBe(2);
    expect(keptBytes(tried)).toBeGreaterThan(0);
    await judge('qcow2', tried);
  });

  it('a worker that cannot even start is tried a bounded number of times, and the job can be cancelled', async () => {
    const nowhere = copyInWorker(new URL('file:///nowhere/copy-worker.js'));
    let attempts = 0;
    const counted: StartCopy = (request, hooks) => {
      attempts++;
      return nowhere(request, hooks);
    };
    const wish = { diskUuids: [uuidOf()], targetFolder: to, format: 'raw' as const };
    const tried = await jobs.start(wish, counted);
    expect(attempts).toBe(3);
    expect(tried.job.failure?.code).toBe('copy-worker-died');
    expect(filesIn(to)).toEqual([]);
  });

  it('expired sessions do not matter while it is read', async () => {
    const expiring: StartCopy = (request, hooks) => {
      const running = copyInProcess({ ...request, limitBytesPerSecond: 20 * MIB }, hooks);
      const timer = setInterval(() => {
        if (running.counters.get('readBytes') < 5 * MIB) return;
        clearInterval(timer);
        void act(connection, 'drop-nbd-connections').then(() => act(connection, 'expire-sessions'));
        running.limit(undefined);
      }, 1);
      return { ...running, limit: () => undefined };
    };
    const wish = { diskUuids: [uuidOf()], targetFolder: to, format: 'raw' as const, mode: 'full' as const };
    await judge('raw', await jobs.start(wish, expiring));
  });
});
