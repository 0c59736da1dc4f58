import {
  closeSync,
  copyFileSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import type { PoolConnection } from '../../src/main/engine/xapi';
import { filesIn, imageOf, readManifestFile, runExport, truthOf } from '../fixtures/exporting';
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

it('a byte that appeared in the unfinished image where the disk is empty goes again', async () => {
  const { job } = await interrupted('full', 'raw');
  const path = await truthOf(connection, uuidOf(), folder.path);
  const truth = readFileSync(path);
  const empty = Buffer.alloc(KIB64);
  const blocks = Array.from({ length: jobs.checkpointed() / KIB64 }, (_, block) => block * KIB64);
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

function flipByte(path: string, at: number): void {
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, at);
  writeSync(file, Buffer.from([byte[0] ^ 1]), 0, 1, at);
  closeSync(file);
}

describe('an export that was complete, only the job did not get to say so', () => {
  /** The manifest of an export whose job ended with the files getting their names. */
  async function published(): Promise<{ jobId: string; manifestPath: string }> {
    const { job } = await jobs.start({ ...wish('full'), after: 'keep' }, copyInProcess);
    expect(job.state).toBe('done');
    const journal = join(jobs.folder, `${job.id}.jsonl`);
    const lines = readFileSync(journal, 'utf8').split('\n');
    const last = lines.findIndex((line) => line.includes('"type":"publishing"'));
    expect(last).toBeGreaterThan(0);
    writeFileSync(journal, lines.slice(0, last + 1).join('\n') + '\n');
    return { jobId: job.id, manifestPath: job.disks[0].outcome!.manifestPath! };
  }

  it('is done when its files are as they were', async () => {
    const { jobId, manifestPath } = await published();
    const { job } = await jobs.resume(jobId);
    expect(job).toMatchObject({ state: 'done', disks: [{ outcome: { manifestPath } }] });
  });

  it.each([
    ['image', 'gone', (path: string) => rmSync(path)],
    ['image', 'cut', (path: string) => truncateSync(path, 3 * MIB)],
    ['image', 'changed', (path: string) => flipByte(path, 2 * MIB + 9)],
    ['checksums', 'gone', (path: string) => rmSync(path)],
    ['checksums', 'changed', (path: string) => flipByte(path, 100)],
  ] as const)('waits when meanwhile the file of its %s is %s', async (part, _, change) => {
    const { jobId, manifestPath } = await published();
    const path = part === 'image' ? imageOf(manifestPath) : manifestPath.replace(/json$/, 'sums');
    copyFileSync(path, `${path}.safe`);
    change(path);
    const before = filesIn(to);
    const { job } = await jobs.resume(jobId);
    expect(job).toMatchObject({ state: 'interrupted', failure: { code: 'export-damaged' } });
    expect(job.failure!.message).toContain(manifestPath);
    expect(filesIn(to)).toEqual(before);
    renameSync(`${path}.safe`, path);
    expect((await jobs.resume(jobId)).job).toMatchObject({ state: 'done' });
  });

  it('is not called complete by who cancels when its image was cut', async () => {
    const { jobId, manifestPath } = await published();
    truncateSync(imageOf(manifestPath), 3 * MIB);
    const { job, log } = await jobs.cancel(jobId);
    expect(job.disks[0].outcome).not.toHaveProperty('manifestPath');
    expect(log).toContainEqual(expect.stringContaining('is not as it was'));
  });
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
