import { closeSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import type { PoolConnection } from '../../src/main/engine/xapi';
import { filesIn, readManifestFile, runExport, truthOf } from '../fixtures/exporting';
import { cutOffAfter, fillDisk, type TriedJob } from '../fixtures/interrupted-export';
import { judgeExport } from '../fixtures/judge-export';
import { act, disk, fault } from '../fixtures/pool-connection';
import { connection, folder, jobs, poolPerTest, to } from '../fixtures/pool-per-test';

/** What a job was at may be another thing by the time it goes on. */
const KIB64 = 65_536;
const MIB = 1024 * 1024;
const NAME = 'gateway-01 flash';
/** What the jobs get to see of it. */
let given: PoolConnection;
poolPerTest(() => given);
beforeEach(() => {
  given = connection;
});

const uuidOf = (): string => disk(connection, NAME).uuid;
const wish = (mode: 'full' | 'cbt', format: 'raw' | 'qcow2' = 'qcow2') => ({
  diskUuids: [uuidOf()],
  targetFolder: to,
  mode,
  format,
});

/** An export that was cut off in its middle. */
async function interrupted(mode: 'full' | 'cbt' = 'full', format?: 'raw'): Promise<TriedJob> {
  await fillDisk(connection, uuidOf(), 8 * MIB);
  const tried = await jobs.start(wish(mode, format), cutOffAfter(4 * MIB));
  expect(tried.job).toMatchObject({ state: 'interrupted', failure: { code: 'nbd-unreachable' } });
  return tried;
}

it('a base that is another export by now: nothing is written over it', async () => {
  const base = await runExport(connection, wish('full'));
  const { job } = await interrupted('cbt');
  const { checksums, ...rest } = base.manifest;
  const sha256 = checksums.sha256.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
  writeFileSync(base.manifestPath, JSON.stringify({ ...rest, checksums: { ...checksums, sha256 } }));
  const resumed = await jobs.resume(job.id);
  expect(resumed.job).toMatchObject({ state: 'failed', failure: { code: 'resume-base-changed' } });
  expect(filesIn(to).filter((name) => name.includes('partial'))).toEqual([]);
  expect(filesIn(to)).toHaveLength(3);
});

it('a pool that refuses what a resumed job asks: what was copied waits', async () => {
  await runExport(connection, wish('full'));
  const { job } = await interrupted('cbt');
  const [blocks] = jobs.kept().filter((name) => name.endsWith('.blocks'));
  writeFileSync(join(jobs.folder, blocks), 'no list of blocks');
  const method = 'VDI.list_changed_blocks';
  await fault(connection, { kind: 'call-error', method, code: 'SR_BACKEND_FAILURE_1200', count: 9 });
  const refused = await jobs.resume(job.id);
  expect(refused.job).toMatchObject({ state: 'interrupted', failure: { code: 'storage-error' } });
  expect(filesIn(to).filter((name) => name.includes('partial'))).toHaveLength(3);
  await act(connection, 'clear-faults');
  expect((await jobs.resume(job.id)).job).toMatchObject({ state: 'done' });
});

/** How far the last checkpoint goes, in bytes of the disk. */
function checkpointed(): number {
  const [name] = jobs.kept().filter((file) => file.endsWith('.checkpoint'));
  return (JSON.parse(readFileSync(join(jobs.folder, name), 'utf8')) as { offset: number }).offset;
}

it('a byte that appeared in the unfinished image where the disk is empty goes again', async () => {
  const { job } = await interrupted('full', 'raw');
  const path = await truthOf(connection, uuidOf(), folder.path);
  const truth = readFileSync(path);
  const empty = Buffer.alloc(KIB64);
  const blocks = Array.from({ length: checkpointed() / KIB64 }, (_, block) => block * KIB64);
  const at = blocks.findLast((offset) => truth.subarray(offset, offset + KIB64).equals(empty))!;
  const [image] = readdirSync(to, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.raw.partial'),
  );
  const file = openSync(join(to, image), 'r+');
  writeSync(file, Buffer.from([1]), 0, 1, at + 4711);
  closeSync(file);
  const resumed = await jobs.resume(job.id);
  expect(resumed.log.join('\n')).toContain('were not what was written');
  expect(resumed.job).toMatchObject({ state: 'done' });
  const manifestPath = resumed.job.disks[0].outcome!.manifestPath!;
  const manifest = readManifestFile(manifestPath);
  await judgeExport('raw', { ...resumed, manifestPath, manifest, plan: undefined }, path);
});

it('another pool: the job waits for its own', async () => {
  const { job } = await interrupted();
  given = new Proxy(connection, {
    get: (target, key) => {
      if (key === 'poolUuid') return 'another';
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  const { job: elsewhere } = await jobs.resume(job.id);
  expect(elsewhere).toMatchObject({ state: 'interrupted', failure: { code: 'resume-other-pool' } });
  expect(filesIn(to)).toHaveLength(3);
  given = connection;
  expect((await jobs.resume(job.id)).job).toMatchObject({ state: 'done' });
});
