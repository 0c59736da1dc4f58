import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { cleanLeftovers, leftovers } from '../../src/main/engine/cbt';
import type * as blockHash from '../../src/main/engine/export/checksums/block-hash';
import type * as nbdOpen from '../../src/main/engine/nbd/open';
import { libraryRunner } from '../../src/main/engine/library/operations/run';
import { restoreExport } from '../../src/main/engine/library/restore/restore';
import { Budget } from '../../src/main/engine/jobs/budget';
import type { PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import type { LibraryRequest, LibraryResult, RestoredDisk } from '../../src/shared/model/library-operation';
import { ok, unwrap, type Result } from '../../src/shared/model/result';
import { bundled } from '../fixtures/cli';
import { quickDemoPool } from '../fixtures/demo-pool';
import { runExport } from '../fixtures/exporting';
import { connectTo, disk } from '../fixtures/pool-connection';
import { tempDir } from '../fixtures/temp-dir';

/** What was done with block data in this very thread. A worker has modules and channels of its own. */
const doneHere = vi.hoisted(() => new Set<string>());
vi.mock('../../src/main/engine/export/checksums/block-hash', async (original) => {
  const { loadBlockHasher } = await original<typeof blockHash>();
  return {
    loadBlockHasher: async () => {
      const hash = await loadBlockHasher();
      return (...range: Parameters<typeof hash>) => {
        doneHere.add('a block is hashed');
        return hash(...range);
      };
    },
  };
});
vi.mock('../../src/main/engine/nbd/open', async (original) => {
  const { openNbd } = await original<typeof nbdOpen>();
  return {
    openNbd: (...options: Parameters<typeof openNbd>) => {
      doneHere.add('a disk is read over NBD');
      return openNbd(...options);
    },
  };
});
function noteTransfer(message: unknown): void {
  const { method, path } = (message as { request: { method: string; path: string } }).request;
  const [name] = path.split('?');
  if (name.endsWith('_raw_vdi')) doneHere.add(`${method} ${name}`);
}

const dir = tempDir();
let demo: DemoPool;
let connection: PoolConnection;
let manifestPath: string;

beforeAll(async () => {
  subscribe('undici:request:create', noteTransfer);
  demo = await quickDemoPool();
  connection = await connectTo(demo);
  const { uuid } = disk(connection, 'gateway-01 flash');
  const wish: Parameters<typeof runExport>[1] = { diskUuids: [uuid], targetFolder: dir.path, after: 'keep' };
  ({ manifestPath } = await runExport(connection, wish));
});
beforeEach(() => doneHere.clear());
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(async () => {
  unsubscribe('undici:request:create', noteTransfer);
  await connection.close();
  await demo.close();
  dir.remove();
});

const worker = bundled('library-worker.js');
const storage = (type: string): string =>
  connection.inventory().storages.find((one) => one.type === type)!.uuid;
const tasks = async (): Promise<string[]> =>
  unwrap(await connection.call(z.array(z.string()), 'task.get_all', []));
const diskUuids = async (): Promise<string[]> => {
  unwrap(await connection.refresh());
  return connection.inventory().disks.map(({ uuid }) => uuid);
};

const connections = new Budget(16);

function run(request: LibraryRequest, workerFile: URL | undefined): Promise<Result<LibraryResult>> {
  const runner = libraryRunner({
    connection: () => ok(connection),
    jobsFolder: join(dir.path, 'jobs'),
    connections,
    startCopy: () => {
      throw new Error('nothing is copied here');
    },
    ...(workerFile ? { workerFile } : {}),
  });
  const nothing = (): void => undefined;
  const { signal } = new AbortController();
  return runner(request, { jobId: crypto.randomUUID(), signal, progress: nothing, serving: nothing });
}

describe.each([
  { where: 'a worker', workerFile: worker, here: () => [] },
  { where: 'this thread, where there is none', workerFile: undefined, here: (all: string[]) => all },
])('the block data is handled in $where:', ({ workerFile, here }) => {
  it('of a restore', async () => {
    const poolId = connection.poolUuid;
    const request = {
      kind: 'restore',
      manifestPath,
      poolId,
      storageUuid: storage('nfs'),
      prove: true,
    } as const;
    const restored = unwrap(await run(request, workerFile));
    expect(restored).toMatchObject({ kind: 'restore', disk: { provedBytes: expect.any(Number) } });
    expect([...doneHere].sort()).toEqual(
      here(['GET /export_raw_vdi', 'PUT /import_raw_vdi', 'a block is hashed']),
    );
  });

  it('of a comparison with the source', async () => {
    const source = { poolId: connection.poolUuid, blocks: 'all' } as const;
    const take = vi.spyOn(connections, 'take');
    const verified = unwrap(await run({ kind: 'verify', manifestPath, chain: true, source }, workerFile));
    expect(verified).toMatchObject({ report: { sound: true, comparedWithSource: true } });
    expect([...doneHere].sort()).toEqual(here(['a block is hashed', 'a disk is read over NBD']));
    // Alone in its process, as on the command line, it shares them with nobody.
    expect(take.mock.calls.map(([, amount]) => amount)).toEqual(workerFile ? [2] : []);
    for (const [host] of take.mock.calls) expect(connections.free(host)).toBe(16);
    take.mockRestore();
  });
});

describe('a restore whose worker', () => {
  const restore = (
    pool: PoolConnection,
    workerFile: URL,
    storageUuid = storage('nfs'),
  ): Promise<Result<RestoredDisk>> =>
    restoreExport(
      pool,
      manifestPath,
      { storageUuid, prove: true },
      {
        progress: () => undefined,
        signal: new AbortController().signal,
        jobsFolder: join(dir.path, 'jobs'),
        workerFile,
      },
    );

  it('dies leaves neither disk nor task', async () => {
    const file = join(dir.path, 'mortal.mjs');
    writeFileSync(
      file,
      `import { parentPort } from 'node:worker_threads';
      parentPort.on('message', ({ type, work }) => {
        const question = { method: 'createTask', given: [work?.taskName] };
        if (type === 'start') parentPort.postMessage({ type: 'question', id: 1, question });
        if (type === 'answer') process.exit(7);
      });`,
    );
    const before = await diskUuids();
    const createTask = vi.spyOn(connection.rawSession, 'createTask');
    const result = await restore(connection, pathToFileURL(file));
    const details = expect.stringContaining('exit code 7');
    expect(result).toMatchObject({ ok: false, failure: { code: 'library-worker-died', details } });
    const made = await createTask.mock.results[0].value;
    expect(made).toMatch(/^OpaqueRef:/);
    expect(await tasks()).not.toContain(made);
    expect(await diskUuids()).toEqual(before);
  });

  it('meets another certificate than the pinned one sends nothing', async () => {
    const before = await diskUuids();
    const fingerprint = Array.from({ length: 32 }, () => 'AB').join(':');
    const pinned = new Proxy(connection, {
      get: (target, key) => {
        const value: unknown = key === 'fingerprint' ? fingerprint : Reflect.get(target, key, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    const result = await restore(pinned, worker);
    expect(result).toMatchObject({ ok: false, failure: { code: 'certificate-changed' } });
    expect(JSON.stringify(result)).not.toContain(await connection.rawSession.sessionId());
    expect(await diskUuids()).toEqual(before);
  });

  it('learns that the session has ended ends as well, and it is said what is left', async () => {
    const own = await connectTo(demo);
    const asked = { ...own.rawSession };
    vi.spyOn(own.rawSession, 'certificatesOf').mockImplementation((address) => {
      void own.close();
      return asked.certificatesOf(address);
    });
    // `ext` is local to the second host, to which the first one redirects.
    const result = await restore(own, worker, storage('ext'));
    const details = expect.stringContaining('pool-disconnected');
    expect(result).toMatchObject({ ok: false, failure: { code: 'restored-disk-left-behind', details } });
    await expect(own.rawSession.taskEnded('OpaqueRef:any')).rejects.toMatchObject({
      failure: { code: 'pool-disconnected' },
    });
    const left = unwrap(await leftovers(connection, { activeJobIds: new Set() }));
    expect(left).toContainEqual(expect.objectContaining({ kind: 'unfinished-disk' }));
    for (const { result: cleaned } of await cleanLeftovers(connection, left)) unwrap(cleaned);
  });
});
