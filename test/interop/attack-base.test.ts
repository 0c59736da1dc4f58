import { execFileSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import { copyInWorker, type StartCopy } from '../../src/main/engine/export/copy/worker-client';
import { planExport } from '../../src/main/engine/export/plan/plan-export';
import { listedByHost } from '../../src/main/engine/export/run/blocks-to-read';
import { exportRunner } from '../../src/main/engine/export/run/run-export';
import { JobQueue } from '../../src/main/engine/jobs/queue';
import { verifyExport } from '../../src/main/engine/library/verify/verify';
import type { PoolConnection, RawExportRequest } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import type { ExportPlan, ExportRequest } from '../../src/shared/model/export-plan';
import type { Job } from '../../src/shared/model/job';
import { ok, unwrap } from '../../src/shared/model/result';
import { outFolder } from '../fixtures/cli';
import { quickDemoPool } from '../fixtures/demo-pool';
import { filesIn, imageOf, memoryFolder, runExport } from '../fixtures/exporting';
import { act, connectTo, disk } from '../fixtures/pool-connection';

const MIB = 1024 * 1024;
const folder = memoryFolder();
let demo: DemoPool;
let connection: PoolConnection;
let targetFolder: string;
let count = 0;

beforeEach(async () => {
  demo = await quickDemoPool();
  connection = await connectTo(demo);
  targetFolder = join(folder.path, String(++count));
});
afterEach(async () => {
  await connection.close();
  await demo.close();
});
afterAll(() => folder.remove());

/** A VHD. */
const web = () => disk(connection, 'web-01 system');
/** Small; a qcow2, so that the pool lists no blocks. */
const flash = () => disk(connection, 'gateway-01 flash');

const write = (vdi: string, offset: number, byte: number): Promise<unknown> =>
  act(connection, 'write', {
    vdi,
    offset: String(offset),
    data: Buffer.alloc(4096, byte).toString('base64'),
  });

const request = (wish: Partial<ExportRequest>): ExportRequest => ({
  poolId: connection.poolUuid,
  diskUuids: [flash().uuid],
  targetFolder,
  format: 'vhd',
  mode: 'auto',
  base: 'auto',
  after: 'keep',
  skipUnchanged: true,
  ...wish,
});

const plan = async (wish: Partial<ExportRequest> = {}): Promise<ExportPlan> =>
  unwrap(await planExport(connection, request(wish)));

/** Runs a plan later than it was made, perhaps over a connection that tells lies. */
async function run(planned: ExportPlan, over: PoolConnection = connection): Promise<Job> {
  const jobs = mkdtempSync(join(tmpdir(), 'deltascope-jobs-'));
  try {
    const runner = exportRunner({
      connection: () => ok(over),
      startCopy: copyInWorker(pathToFileURL(join(outFolder, 'copy-worker.js'))),
      toolVersion: '0.0.0',
    });
    const { queue } = await JobQueue.open(jobs, runner);
    const job = await queue.ended(unwrap(queue.start(planned)).id);
    unwrap(await connection.refresh());
    return job;
  } finally {
    rmSync(jobs, { recursive: true });
  }
}

async function expectNothingNew(before: readonly string[], snapshots: number): Promise<void> {
  unwrap(await connection.refresh());
  expect(filesIn(targetFolder)).toEqual(before);
  expect(connection.ourObjects().filter(({ kind }) => kind === 'disk-snapshot')).toHaveLength(snapshots);
}

describe('a base that changed after the plan', () => {
  it('another export took its place: the changed blocks were listed against something else', async () => {
    const first = await runExport(connection, request({}));
    await write(flash().uuid, 3 * MIB, 1);
    const second = await runExport(connection, request({}));
    const planned = await plan();
    expect(planned.disks[0].base?.manifestPath).toBe(second.manifestPath);
    copyFileSync(first.manifestPath, second.manifestPath);
    const before = filesIn(targetFolder);
    expect(await run(planned)).toMatchObject({ state: 'failed', failure: { code: 'base-changed' } });
    await expectNothingNew(before, 2);
  });

  it.each(['vhd', 'qcow2', 'raw'] as const)(
    'a %s was cut: by then, and for the next plan',
    async (format) => {
      const { manifestPath } = await runExport(connection, request({ format }));
      const planned = await plan({ format });
      truncateSync(imageOf(manifestPath), 5 * MIB);
      const before = filesIn(targetFolder);
      expect(await run(planned)).toMatchObject({ state: 'failed', failure: { code: 'image-cut' } });
      await expectNothingNew(before, 1);
      const [next] = (await plan({ format })).disks;
      expect(next.base).toBeUndefined();
      expect(next.reason).toContain('when it was exported');
    },
  );
});

it('a VHD with another image of the same size in its place is not built on: the right one would not fit any more', async () => {
  const wish = { mode: 'full' as const };
  const older = imageOf((await runExport(connection, request(wish))).manifestPath);
  await write(flash().uuid, 0, 1);
  const base = imageOf((await runExport(connection, request(wish))).manifestPath);
  expect(statSync(older).size).toBe(statSync(base).size);
  const right = readFileSync(base);
  copyFileSync(older, base);
  await write(flash().uuid, 3 * MIB, 1);
  const before = filesIn(targetFolder);
  const planned = await plan();
  expect(planned.disks[0].base?.imagePath).toBe(base);
  expect(await run(planned)).toMatchObject({ state: 'failed', failure: { code: 'image-replaced' } });
  await expectNothingNew(before, 2);
  writeFileSync(base, right);
  const { job, manifestPath } = await runExport(connection, request({}));
  expect(job.state).toBe('done');
  expect(unwrap(await verifyExport(manifestPath, { chain: true }))).toMatchObject({ sound: true });
});

describe('a raw increment takes most of its bytes from its base', () => {
  function readPart(path: string, offset: number, length: number): Buffer {
    const file = openSync(path, 'r');
    const bytes = Buffer.alloc(length);
    readSync(file, bytes, 0, length, offset);
    closeSync(file);
    return bytes;
  }
  function pokeByte(path: string, offset: number, byte: number): void {
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.from([byte]), 0, 1, offset);
    closeSync(file);
  }

  /** A byte of the image that holds data, in a block that the increment leaves alone. */
  function flip(path: string): number {
    const bytes = readPart(path, MIB, 64 * MIB);
    const at = MIB + bytes.findIndex((byte) => byte !== 0);
    expect(at).toBeGreaterThanOrEqual(MIB);
    pokeByte(path, at, bytes[at - MIB] ^ 16);
    return Math.floor(at / 65_536) * 65_536;
  }

  it('so a damaged one is not built on', async () => {
    const { manifestPath } = await runExport(connection, request({ format: 'raw' }));
    const at = flip(imageOf(manifestPath));
    await write(flash().uuid, 0, 1);
    const before = filesIn(targetFolder);
    const job = await run(await plan({ format: 'raw' }));
    expect(job).toMatchObject({ state: 'failed', failure: { code: 'image-block-damaged' } });
    expect(job.failure!.message).toContain(`disk offset ${at} `);
    await expectNothingNew(before, 1);
  });

  it.each(['where its file has a hole', 'in a file without holes'])(
    'so one with data that was not there is not built on: %s',
    async (where) => {
      const { manifestPath } = await runExport(connection, request({ format: 'raw' }));
      const image = imageOf(manifestPath);
      const empty = Buffer.alloc(65_536);
      let at = Math.floor(statSync(image).size / 65_536 - 1) * 65_536;
      while (!readPart(image, at, 65_536).equals(empty)) at -= 65_536;
      if (where.includes('without')) writeFileSync(image, readFileSync(image));
      pokeByte(image, at + 4711, 1);
      await write(flash().uuid, 0, 1);
      const before = filesIn(targetFolder);
      const job = await run(await plan({ format: 'raw' }));
      expect(job).toMatchObject({ state: 'failed', failure: { code: 'image-block-damaged' } });
      expect(job.failure!.message).toContain(`disk offset ${at} `);
      await expectNothingNew(before, 1);
    },
  );

  it.each([
    ['with a new date', () => undefined],
    ['with its old date', (base: string) => utimesSync(base, 0, 0)],
    [
      'by another file of that date',
      (base: string) => {
        writeFileSync(`${base}.other`, readFileSync(base));
        utimesSync(`${base}.other`, 0, 0);
        renameSync(`${base}.other`, base);
      },
    ],
  ])('so one that somebody writes to once it was looked at is not built on: %s', async (_, put) => {
    const wish = { diskUuids: [flash().uuid], targetFolder, format: 'raw' as const };
    const base = imageOf((await runExport(connection, wish)).manifestPath);
    utimesSync(base, 0, 0);
    await write(flash().uuid, 0, 1);
    const startCopy: StartCopy = (...words) => {
      flip(base);
      put(base);
      return copyInProcess(...words);
    };
    expect((await runExport(connection, wish, { startCopy })).job).toMatchObject({
      state: 'interrupted',
      failure: { code: 'base-lost', message: expect.stringContaining('written to') },
    });
  });

  it('so verify looks at those too, without being asked for the chain', async () => {
    await runExport(connection, request({ format: 'raw' }));
    await write(flash().uuid, 0, 1);
    const increment = await runExport(connection, request({ format: 'raw' }));
    expect(increment.manifest.parent).toBeDefined();
    const verify = async () => unwrap(await verifyExport(increment.manifestPath, { chain: false }));
    expect(await verify()).toMatchObject({ sound: true });
    const offset = flip(imageOf(increment.manifestPath));
    expect(await verify()).toMatchObject({
      sound: false,
      faults: [expect.objectContaining({ file: imageOf(increment.manifestPath), offset })],
    });
    // A hole is not read, but what the base has there is not passed over.
    const image = imageOf(increment.manifestPath);
    execFileSync('fallocate', ['--punch-hole', '--offset', String(offset), '--length', '65536', image]);
    expect(await verify()).toMatchObject({
      sound: false,
      faults: [expect.objectContaining({ file: image, offset })],
    });
    const parent = join(dirname(increment.manifestPath), increment.manifest.parent!.manifestFile);
    rmSync(parent);
    expect((await verify()).faults.some(({ message }) => message.includes('builds on'))).toBe(true);
  });
});

/** The pool, but every export of a disk by the host itself goes through `bend`. */
function lying(bend: (wish: RawExportRequest) => RawExportRequest): PoolConnection {
  return new Proxy(connection, {
    get(target, name) {
      if (name === 'exportRawVdi') return (wish: RawExportRequest) => target.exportRawVdi(bend(wish));
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
}

describe('a host that streams something else than it was asked for', () => {
  const whole = ({ vdiUuid, format, signal }: RawExportRequest): RawExportRequest => ({
    vdiUuid,
    format,
    ...(signal ? { signal } : {}),
  });

  it.each(['compare', 'stream'] as const)(
    '%s: the whole disk instead of a difference leaves out what became empty',
    async (mode) => {
      const wish = { diskUuids: [web().uuid] };
      await runExport(connection, request(wish));
      await write(web().uuid, 4 * MIB, 1);
      const before = filesIn(targetFolder);
      expect(await run(await plan({ ...wish, mode }), lying(whole))).toMatchObject({
        state: 'failed',
        failure: { code: 'stream-unexpected' },
      });
      await expectNothingNew(before, 1);
    },
  );

  it('full: a difference instead of the whole disk leaves out all that the base holds', async () => {
    const wish = { diskUuids: [web().uuid] };
    const { manifest } = await runExport(connection, request(wish));
    const baseUuid = manifest.snapshot.uuid;
    const before = filesIn(targetFolder);
    const streamed = await plan({ ...wish, mode: 'stream', targetFolder: join(targetFolder, 'other') });
    expect(streamed.disks[0].base).toBeUndefined();
    const difference = (asked: RawExportRequest): RawExportRequest => ({ ...asked, baseUuid });
    expect(await run(streamed, lying(difference))).toMatchObject({
      state: 'failed',
      failure: { code: 'stream-unexpected' },
    });
    await expectNothingNew(before, 1);
    // Over NBD the list only spares reads: what cannot be trusted is not used.
    const snapshot = {
      diskUuid: web().uuid,
      snapshotUuid: baseUuid,
      sizeBytes: web().sizeBytes,
      cbtEnabled: true,
    };
    const listed = await listedByHost(lying(difference), snapshot, undefined, {
      signal: new AbortController().signal,
    });
    expect(listed).toMatchObject({ ok: false, failure: { code: 'stream-unexpected' } });
  });

  it('another, smaller disk: its list does not cover ours', async () => {
    const small = connection
      .inventory()
      .disks.filter(({ sizeBytes }) => sizeBytes < web().sizeBytes)
      .sort((a, b) => a.sizeBytes - b.sizeBytes)[0];
    const other = (asked: RawExportRequest): RawExportRequest => ({ ...asked, vdiUuid: small.uuid });
    const wish = { diskUuids: [web().uuid], mode: 'stream' as const };
    expect(await run(await plan(wish), lying(other))).toMatchObject({
      state: 'failed',
      failure: { code: 'stream-unexpected', details: expect.stringContaining('of the disk’s') },
    });
    await expectNothingNew([], 0);
  });
});
