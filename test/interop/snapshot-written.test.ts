import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import { attachForWriting } from '../fixtures/attach-for-writing';
import { filesIn, truthOf } from '../fixtures/exporting';
import { withoutContentIds } from '../fixtures/less-seen';
import { cutOffAfter, fillDisk, type TriedJob } from '../fixtures/interrupted-export';
import { act, disk, fault, snapshot } from '../fixtures/pool-connection';
import { connection, folder, jobs, poolPerTest, to } from '../fixtures/pool-per-test';

/** A pool lets a VM write to a snapshot: what a job has copied of it is then of another disk than what is left. */
const KIB64 = 65_536;
const MIB = 1024 * 1024;
const NAME = 'gateway-01 flash';
/** Where the pool has no name for what a snapshot holds, as such storage drivers exist, a sample has to do. */
let seen = withoutContentIds;
poolPerTest(() => seen(connection));
afterEach(() => void (seen = withoutContentIds));

/** An export that was cut off in its middle, and its snapshot. */
async function interrupted(format: 'raw' | 'vhd' | 'qcow2'): Promise<TriedJob & { snapshotUuid: string }> {
  const { uuid } = disk(connection, NAME);
  await fillDisk(connection, uuid, 8 * MIB);
  const wish = { diskUuids: [uuid], targetFolder: to, format, mode: 'full' as const };
  const tried = await jobs.start(wish, cutOffAfter(4 * MIB));
  expect(tried.job).toMatchObject({ state: 'interrupted', failure: { code: 'nbd-unreachable' } });
  return { ...tried, snapshotUuid: disk(connection, NAME).snapshotUuids[0] };
}

const READ_AGAIN = 'were read again and are the same';

function readPart(path: string, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const file = openSync(path, 'r');
  expect(readSync(file, bytes, 0, length, offset)).toBe(length);
  closeSync(file);
  return bytes;
}

/** The first block of the unfinished export that has a checksum, by the documented layout of the checksum file. */
function firstKept(): number {
  const found = readdirSync(to, { recursive: true, encoding: 'utf8' });
  const sums = readFileSync(
    join(
      to,
      found.find((name) => name.endsWith('.sums.partial'))!,
    ),
  );
  for (let at = 64; at < sums.length; at += 8) if (sums.readBigUInt64LE(at) !== 0n) return (at - 64) / 8;
  return expect.fail('nothing was copied');
}

it.each(['raw', 'vhd', 'qcow2'] as const)(
  'a snapshot that was written to meanwhile is not mixed with what it was before: %s',
  async (format) => {
    const { job, snapshotUuid } = await interrupted(format);
    const truth = await truthOf(connection, snapshotUuid, folder.path);
    const at = firstKept() * KIB64 + 512;
    const write = (data: Buffer) =>
      act(connection, 'write', { vdi: snapshotUuid, offset: String(at), data: data.toString('base64') });
    const was = readPart(truth, at, 512);
    const detach = await attachForWriting(connection, snapshotUuid);
    await write(Buffer.from(was.map((byte) => byte ^ 0xff)));
    const attached = await jobs.resume(job.id);
    expect(attached.job).toMatchObject({ state: 'interrupted', failure: { code: 'snapshot-attached' } });
    expect(attached.job.failure!.message).toContain('for writing');
    await detach();
    // Nothing of it can be relied on, so nothing of it stays.
    const changed = await jobs.resume(job.id);
    expect(changed.job).toMatchObject({ state: 'failed', failure: { code: 'snapshot-changed' } });
    expect(filesIn(to)).toEqual([]);
    expect(disk(connection, NAME).snapshotUuids).toEqual([]);
  },
);

it('a snapshot that was attached and not written to is gone on with', async () => {
  const { job, snapshotUuid } = await interrupted('qcow2');
  const detach = await attachForWriting(connection, snapshotUuid);
  await detach();
  const { job: resumed, log } = await jobs.resume(job.id, copyInProcess);
  expect(resumed.state).toBe('done');
  expect(log).toContainEqual(expect.stringContaining(READ_AGAIN));
});

/** Writes other data to a block of a snapshot by the hand of a VM. */
async function writtenBy(snapshotUuid: string, block: number): Promise<void> {
  const detach = await attachForWriting(connection, snapshotUuid);
  const data = Buffer.alloc(KIB64, 7).toString('base64');
  await act(connection, 'write', { vdi: snapshotUuid, offset: String(block * KIB64), data });
  await detach();
}

it.each([
  ['raw', 'was read', false],
  ['vhd', 'was read', false],
  ['qcow2', 'was read', false],
  ['qcow2', 'the host did not list', true],
] as const)('nor where it was empty: %s, a block that %s', async (format, _, lists) => {
  if (!lists) await fault(connection, { kind: 'export-breaks', afterBytes: 0 });
  const { job, log, snapshotUuid } = await interrupted(format);
  expect(log.some((text) => text.includes('only these are read'))).toBe(lists);
  const truth = await truthOf(connection, snapshotUuid, folder.path);
  const block = 1;
  expect(readPart(truth, block * KIB64, KIB64).every((byte) => byte === 0)).toBe(true);
  await writtenBy(snapshotUuid, block);
  const { job: resumed } = await jobs.resume(job.id);
  expect(resumed).toMatchObject({
    state: 'failed',
    failure: { code: 'snapshot-changed', details: `at ${block * KIB64}` },
  });
});

it.each(['raw', 'qcow2'] as const)('nor where it was what the base has: %s', async (format) => {
  const { uuid } = disk(connection, NAME);
  await fillDisk(connection, uuid, MIB);
  const wish = { diskUuids: [uuid], targetFolder: to, format };
  const full = await jobs.start({ ...wish, mode: 'full' }, copyInProcess);
  expect(full.job.state).toBe('done');
  // Written to, and as it was.
  const block = (64 * MIB) / KIB64;
  const same = readPart(await truthOf(connection, uuid, folder.path), block * KIB64, KIB64);
  const data = same.toString('base64');
  await act(connection, 'write', { vdi: uuid, offset: String(block * KIB64), data });
  await act(connection, 'fill', { vdi: uuid, offset: String(65 * MIB), length: String(8 * MIB) });
  const { job } = await jobs.start({ ...wish, mode: 'cbt' }, cutOffAfter(4 * MIB));
  expect(job).toMatchObject({ state: 'interrupted', failure: { code: 'nbd-unreachable' } });
  const [snapshotUuid] = disk(connection, NAME).snapshotUuids.filter(
    (candidate) => snapshot(connection, candidate)!.hasData,
  );
  await writtenBy(snapshotUuid, block);
  const { job: resumed } = await jobs.resume(job.id);
  expect(resumed).toMatchObject({
    state: 'failed',
    failure: { code: 'snapshot-changed', details: `at ${block * KIB64}` },
  });
});

it('one that was attached while nobody looked is not gone on with where the pool names what it holds', async () => {
  seen = (pool) => pool;
  const { job, snapshotUuid } = await interrupted('qcow2');
  const detach = await attachForWriting(connection, snapshotUuid);
  await detach();
  const { job: resumed } = await jobs.resume(job.id);
  expect(resumed).toMatchObject({ state: 'failed', failure: { code: 'snapshot-changed' } });
  expect(resumed.failure!.message).toContain('was attached to a VM for writing');
});
