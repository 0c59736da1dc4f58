import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { whileBusy } from '../../src/main/engine/cbt';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import { systemClock } from '../../src/main/engine/xapi';
import { unwrap } from '../../src/shared/model/result';
import { filesIn, readManifestFile, truthOf } from '../fixtures/exporting';
import { cutOffAfter, fillDisk, type TriedJob } from '../fixtures/interrupted-export';
import { judgeExport } from '../fixtures/judge-export';
import { act, disk } from '../fixtures/pool-connection';
import { connection, folder, jobs, poolPerTest, to } from '../fixtures/pool-per-test';

/** A pool lets a VM write to a snapshot: what a job has copied of it is then of another disk than what is left. */
const KIB64 = 65_536;
const MIB = 1024 * 1024;
const NAME = 'gateway-01 flash';
poolPerTest();

const call = async (method: string, ...args: unknown[]) =>
  unwrap(await connection.call(z.unknown(), method, args));

/** An export that was cut off in its middle, and its snapshot. */
async function interrupted(format: 'raw' | 'vhd' | 'qcow2'): Promise<TriedJob & { snapshotUuid: string }> {
  const { uuid } = disk(connection, NAME);
  await fillDisk(connection, uuid, 8 * MIB);
  const wish = { diskUuids: [uuid], targetFolder: to, format, mode: 'full' as const };
  const tried = await jobs.start(wish, cutOffAfter(4 * MIB));
  expect(tried.job).toMatchObject({ state: 'interrupted', failure: { code: 'nbd-unreachable' } });
  return { ...tried, snapshotUuid: disk(connection, NAME).snapshotUuids[0] };
}

/** Attaches a snapshot to a running VM, for writing. */
async function attach(snapshotUuid: string): Promise<() => Promise<void>> {
  const { uuid } = connection.inventory().vms.find(({ powerState }) => powerState === 'running')!;
  const vbd = await call('VBD.create', {
    VM: await call('VM.get_by_uuid', uuid),
    VDI: await call('VDI.get_by_uuid', snapshotUuid),
    userdevice: 'autodetect',
    bootable: false,
    mode: 'RW',
    type: 'Disk',
    unpluggable: true,
    empty: false,
    other_config: {},
    qos_algorithm_type: '',
    qos_algorithm_params: {},
  });
  // The connections that were cut off let go of it some time later.
  await whileBusy({ clock: systemClock, patience: 60_000 }, () => call('VBD.plug', vbd));
  unwrap(await connection.refresh());
  return async () => {
    await call('VBD.unplug', vbd);
    await call('VBD.destroy', vbd);
    unwrap(await connection.refresh());
  };
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
    const detach = await attach(snapshotUuid);
    await write(Buffer.from(was.map((byte) => byte ^ 0xff)));
    const attached = await jobs.resume(job.id);
    expect(attached.job).toMatchObject({ state: 'interrupted', failure: { code: 'snapshot-attached' } });
    expect(attached.job.failure!.message).toContain('for writing');
    await detach();
    const changed = await jobs.resume(job.id);
    expect(changed.job).toMatchObject({ state: 'interrupted', failure: { code: 'snapshot-changed' } });
    expect(filesIn(to).every((name) => name.endsWith('.partial'))).toBe(true);

    // What had been kept is still there, and right once the snapshot is.
    await write(was);
    const { job: done, log } = await jobs.resume(job.id);
    expect(log).toContainEqual(expect.stringContaining(READ_AGAIN));
    expect(done).toMatchObject({ state: 'done' });
    const manifestPath = done.disks[0].outcome!.manifestPath!;
    const manifest = readManifestFile(manifestPath);
    await judgeExport(format, { job: done, log, manifestPath, manifest, plan: undefined }, truth);
  },
);

it('a snapshot that was attached and not written to is gone on with', async () => {
  const { job, snapshotUuid } = await interrupted('qcow2');
  const detach = await attach(snapshotUuid);
  await detach();
  const { job: resumed, log } = await jobs.resume(job.id, copyInProcess);
  expect(resumed.state).toBe('done');
  expect(log).toContainEqual(expect.stringContaining(READ_AGAIN));
});
