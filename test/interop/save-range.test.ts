import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { takeSnapshotToKeep } from '../../src/main/engine/cbt';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import type { StartCopy } from '../../src/main/engine/export/copy/worker-client';
import { saveRange } from '../../src/main/engine/export/save-range';
import { Budget, type Release } from '../../src/main/engine/jobs/budget';
import type { PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import type { Extent } from '../../src/shared/blocks/extent';
import { unwrap } from '../../src/shared/model/result';
import { attachForWriting } from '../fixtures/attach-for-writing';
import { quickDemoPool } from '../fixtures/demo-pool';
import { memoryFolder, truthOf } from '../fixtures/exporting';
import { fillDisk } from '../fixtures/interrupted-export';
import { act, connectTo, disk, fault } from '../fixtures/pool-connection';

const KIB64 = 64 * 1024;
const MIB = 1024 * 1024;
const NAME = 'gateway-01 flash';
const folder = memoryFolder();
let demo: DemoPool;
let connection: PoolConnection;
let snapshotUuid: string;
let sizeBytes: number;
let truth: string;
let count = 0;
let to = '';
const connections = new Budget(16);
let cancel = new AbortController();
let waits = 0;

beforeAll(async () => {
  demo = await quickDemoPool();
  connection = await connectTo(demo);
  const { uuid, attachments } = disk(connection, NAME);
  sizeBytes = disk(connection, NAME).sizeBytes;
  await fillDisk(connection, uuid, 4 * MIB);
  const taken = await takeSnapshotToKeep(connection, { vmUuid: attachments[0].vmUuid, jobId: 'j' });
  unwrap(await connection.refresh());
  snapshotUuid = unwrap(taken).disks.find(({ diskUuid }) => diskUuid === uuid)!.snapshotUuid;
  truth = await truthOf(connection, uuid, folder.path);
  // What the guest writes from now on is not the snapshot's.
  const data = Buffer.alloc(KIB64, 'later').toString('base64');
  for (const offset of [64 * MIB, 65 * MIB])
    await act(connection, 'write', { vdi: uuid, offset: String(offset), data });
});
afterAll(async () => {
  await connection.close();
  await demo.close();
  folder.remove();
});
afterEach(() => {
  expect(readdirSync(folder.path).filter((name) => /partial|sums/.test(name))).toEqual([]);
});

const inPieces: StartCopy = (request, hooks) => copyInProcess({ ...request, requestBytes: KIB64 }, hooks);

const save = (range: Extent, startCopy: StartCopy = copyInProcess, of = snapshotUuid) => {
  to = join(folder.path, `range-${++count}.raw`);
  const done = (running: ReturnType<StartCopy>) => running.done;
  return saveRange(
    connection,
    { snapshotUuid: of, range, to },
    { startCopy, connections },
    { signal: cancel.signal, waiting: () => waits++, reading: done, rereading: done },
  );
};

describe('a range of a snapshot', () => {
  it('is saved byte by byte, wherever it begins and ends', async () => {
    const end = Math.ceil(sizeBytes / KIB64) * KIB64;
    for (const [from, until] of [
      [64 * MIB - 3 * KIB64, 66 * MIB + KIB64],
      [0, KIB64],
      [end - 5 * KIB64, sizeBytes],
    ] as const) {
      const range = { offset: from, length: until - from };
      const { readBytes } = unwrap(await save(range));
      expect(readBytes).toBe(range.length);
      expect(statSync(to).size).toBe(range.length);
      execFileSync('cmp', [`--ignore-initial=${range.offset}:0`, `--bytes=${range.length}`, truth, to]);
    }
  });

  it('that is empty takes no room', async () => {
    unwrap(await save({ offset: 40 * MIB, length: 2 * MIB }));
    expect(readFileSync(to).every((byte) => byte === 0)).toBe(true);
    expect(statSync(to).blocks).toBe(0);
  });
});

describe('while exports use the connections of its host', () => {
  const hosts = (): string[] => connection.inventory().hosts.map(({ uuid }) => uuid);
  const takeAll = (): Promise<Release[]> =>
    Promise.all(hosts().map((host) => connections.take(host, 15, new AbortController().signal)));
  const range = { offset: 64 * MIB, length: MIB };
  afterEach(() => {
    waits = 0;
    cancel = new AbortController();
    expect(hosts().map((host) => connections.free(host))).toEqual(hosts().map(() => 16));
  });

  it('a range waits, says so, and leaves none of them taken', async () => {
    const taken = await takeAll();
    const saved = save(range);
    await vi.waitUntil(() => waits === 1);
    expect(existsSync(`${to}.partial`)).toBe(false);
    for (const release of taken) release();
    expect(unwrap(await saved).readBytes).toBe(MIB);
  });

  it('a range that waits can be cancelled', async () => {
    const taken = await takeAll();
    const saved = save(range);
    await vi.waitUntil(() => waits === 1);
    cancel.abort();
    expect(await saved).toMatchObject({ failure: { code: 'cancelled' } });
    for (const release of taken) release();
    expect(existsSync(to)).toBe(false);
  });
});

describe('nothing is saved', () => {
  it('of a snapshot that was attached for writing meanwhile', async () => {
    const startCopy: StartCopy = (request, hooks) => {
      const running = copyInProcess(request, hooks);
      if (request.source.kind !== 'nbd') return running;
      const attached = async (): Promise<Awaited<typeof running.done>> => {
        const outcome = await running.done;
        const detach = await attachForWriting(connection, snapshotUuid);
        await detach();
        return outcome;
      };
      return { ...running, done: attached() };
    };
    expect(await save({ offset: 64 * MIB, length: MIB }, startCopy)).toMatchObject({
      failure: { code: 'snapshot-changed' },
    });
    expect(existsSync(to)).toBe(false);
  });

  it('of a snapshot whose content has no name once its connection was lost; then it has one', async () => {
    const vdi = unwrap(await connection.reference('VDI', disk(connection, 'web-01 system').uuid));
    const ref = unwrap(await connection.call(z.string(), 'VDI.snapshot', [vdi, {}]));
    const theirs = unwrap(await connection.call(z.string(), 'VDI.get_uuid', [ref]));
    unwrap(await connection.refresh());
    await fault(connection, { kind: 'drop-nbd', afterBytes: KIB64 + 1 });
    expect(await save({ offset: 0, length: 4 * MIB }, inPieces, theirs)).toMatchObject({
      failure: { code: 'snapshot-unnamed' },
    });
    expect(existsSync(to)).toBe(false);
    await vi.waitUntil(() => connection.diskFacts(theirs)?.contentId !== undefined, { timeout: 60_000 });
    await fault(connection, { kind: 'drop-nbd', afterBytes: KIB64 + 1 });
    expect(unwrap(await save({ offset: 0, length: 4 * MIB }, inPieces, theirs)).readBytes).toBe(4 * MIB);
  });

  it('over a file that is there', async () => {
    writeFileSync(join(folder.path, `range-${count + 1}.raw`), 'mine');
    expect(await save({ offset: 0, length: KIB64 })).toMatchObject({ failure: { code: 'target-exists' } });
    expect(readFileSync(to, 'utf8')).toBe('mine');
  });

  it.each(['.partial', '.partial.sums'])('over an unfinished file that is there: %s', async (ending) => {
    const taken = join(folder.path, `range-${count + 1}.raw${ending}`);
    writeFileSync(taken, 'mine');
    expect(await save({ offset: 0, length: KIB64 })).toMatchObject({ failure: { code: 'target-exists' } });
    expect(readFileSync(taken, 'utf8')).toBe('mine');
    // What is left is judged after each test.
    rmSync(taken);
  });

  it('and an unfinished file that is there stays when it is cancelled before the disk was opened', async () => {
    const taken = ['.partial', '.partial.sums'].map((end) =>
      join(folder.path, `range-${count + 1}.raw${end}`),
    );
    for (const path of taken) writeFileSync(path, 'mine');
    const startCopy: StartCopy = (...words) => {
      const running = copyInProcess(...words);
      running.cancel();
      return running;
    };
    expect(await save({ offset: 0, length: KIB64 }, startCopy)).toMatchObject({ ok: false });
    for (const path of taken) expect(readFileSync(path, 'utf8')).toBe('mine');
    for (const path of taken) rmSync(path);
  });

  it('behind the end of the disk', async () => {
    const range = { offset: sizeBytes - KIB64, length: 2 * KIB64 };
    expect(await save(range)).toMatchObject({ failure: { code: 'range-beyond-disk' } });
    expect(existsSync(to)).toBe(false);
  });

  it('when the file does not hold what was read', async () => {
    let copies = 0;
    const spoiling: StartCopy = (request, hooks) => {
      if (++copies === 2) {
        const bytes = readFileSync(request.source.kind === 'chain' ? request.source.images[0].path : '');
        bytes[MIB + 7] ^= 1;
        writeFileSync(`${to}.partial`, bytes);
      }
      return copyInProcess(request, hooks);
    };
    const saved = await save({ offset: 64 * MIB, length: 2 * MIB }, spoiling);
    expect(saved).toMatchObject({ failure: { code: 'range-damaged' } });
    expect(copies).toBe(2);
    expect(existsSync(to)).toBe(false);
  });

  it('after it was cancelled', async () => {
    const cancelling: StartCopy = (request, hooks) => {
      const running = copyInProcess(request, hooks);
      running.cancel();
      return running;
    };
    expect(await save({ offset: 0, length: 8 * MIB }, cancelling)).toMatchObject({
      failure: { code: 'cancelled' },
    });
    expect(existsSync(to)).toBe(false);
  });
});
