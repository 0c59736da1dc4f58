import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyInWorker } from '../../src/main/engine/export/copy/worker-client';
import { LibraryOperations } from '../../src/main/engine/library/operations/operations';
import { libraryRunner } from '../../src/main/engine/library/operations/run';
import { Budget } from '../../src/main/engine/jobs/budget';
import type { PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import {
  libraryOperationSchema,
  type LibraryOperation,
  type LibraryRequest,
} from '../../src/shared/model/library-operation';
import { ok, unwrap } from '../../src/shared/model/result';
import { bundled } from '../fixtures/cli';
import { quickDemoPool } from '../fixtures/demo-pool';
import { exportChain } from '../fixtures/exported-chain';
import { imageOf, runExport, truthOf } from '../fixtures/exporting';
import { pattern } from '../fixtures/image-source';
import { connectTo } from '../fixtures/pool-connection';
import { qemuImg } from '../fixtures/qemu-img';
import { tempDir } from '../fixtures/temp-dir';

const MIB = 1024 * 1024;

const dir = tempDir();
let demo: DemoPool;
let connection: PoolConnection;
let operations: LibraryOperations;
const told: LibraryOperation[] = [];
let manifest: string;
let state: string;

beforeAll(async () => {
  demo = await quickDemoPool();
  connection = await connectTo(demo);
  const runner = libraryRunner({
    connection: () => ok(connection),
    jobsFolder: join(dir.path, 'jobs'),
    connections: new Budget(16),
    startCopy: copyInWorker(bundled('copy-worker.js')),
    workerFile: bundled('library-worker.js'),
  });
  operations = new LibraryOperations(runner);
  operations.on('changed', (operation) => told.push(libraryOperationSchema.parse(operation)));
  const folder = join(dir.path, 'chain');
  mkdirSync(folder);
  const first = Buffer.concat([pattern(20 * MIB, 1), Buffer.alloc(20 * MIB)]);
  const second = Buffer.from(first);
  pattern(MIB, 2).copy(second, 30 * MIB);
  manifest = (await exportChain(folder, 'vhd', [first, second]))[1].manifestPath;
  state = join(folder, 'state-1.bin');
});
afterAll(async () => {
  await operations.close();
  await connection.close();
  await demo.close();
  dir.remove();
});

/** Starts it and waits until `until` is told of it; everything that was told. */
async function follow(
  request: LibraryRequest,
  until: (operation: LibraryOperation) => boolean = ({ endedAt }) => endedAt !== undefined,
): Promise<{ id: string; last: LibraryOperation; all: LibraryOperation[] }> {
  const { id } = operations.start(request);
  const all = (): LibraryOperation[] => told.filter((one) => one.id === id);
  while (!all().some(until)) await new Promise((resolve) => operations.once('changed', resolve));
  return { id, last: all().find(until)!, all: all() };
}

describe('operations on exports', () => {
  it('verify, and tell how far they are', async () => {
    const { last, all } = await follow({ kind: 'verify', manifestPath: manifest, chain: true });
    expect(last).toMatchObject({ state: 'done', result: { kind: 'verify', report: { sound: true } } });
    expect(last.totalBytes).toBeGreaterThanOrEqual(21 * MIB);
    expect(last.doneBytes).toBe(last.totalBytes);
    expect(all[0]).toMatchObject({ state: 'running', step: 'checking', doneBytes: 0 });
  });

  it('find damage, which is a result and no failure', async () => {
    const image = imageOf(manifest);
    const bytes = readFileSync(image);
    const damaged = Buffer.from(bytes);
    damaged[bytes.indexOf(pattern(MIB, 2).subarray(1000, 1100))] ^= 1;
    writeFileSync(image, damaged);
    const { last } = await follow({ kind: 'verify', manifestPath: manifest, chain: false });
    writeFileSync(image, bytes);
    expect(last).toMatchObject({ state: 'done', result: { report: { sound: false } } });
  });

  it('flatten', async () => {
    const to = join(dir.path, 'flat.qcow2');
    const { last } = await follow({ kind: 'flatten', manifestPath: manifest, to, format: 'qcow2' });
    expect(last).toMatchObject({ state: 'done', result: { kind: 'flatten', file: to } });
    await qemuImg('compare', '-f', 'raw', '-F', 'qcow2', state, to);
    const again = await follow({ kind: 'flatten', manifestPath: manifest, to, format: 'qcow2' });
    expect(again.last).toMatchObject({ state: 'failed', failure: { code: 'target-exists' } });
  });

  it('serve until they are stopped', async () => {
    const { id, last } = await follow(
      { kind: 'serve', manifestPath: manifest },
      (one) => one.state === 'serving',
    );
    const { uri } = last.result as { uri: string };
    await qemuImg('compare', '-f', 'raw', '-F', 'raw', state, uri);
    operations.cancel(id);
    while (operations.list().find((one) => one.id === id)!.state === 'serving')
      await new Promise((resolve) => operations.once('changed', resolve));
    expect(operations.list().find((one) => one.id === id)).toMatchObject({ state: 'done' });
    await expect(qemuImg('info', uri)).rejects.toThrow();
  });

  it('restore, or leave nothing when they are cancelled', async () => {
    const storageUuid = connection.inventory().storages.find(({ type }) => type === 'nfs')!.uuid;
    const request: LibraryRequest = {
      kind: 'restore',
      manifestPath: manifest,
      poolId: connection.poolUuid,
      storageUuid,
      prove: true,
    };
    const { last } = await follow(request);
    expect(last).toMatchObject({ state: 'done', result: { disk: { provedBytes: 40 * MIB } } });
    const { diskUuid } = (last.result as { disk: { diskUuid: string } }).disk;
    await qemuImg('compare', '-f', 'raw', '-F', 'raw', state, await truthOf(connection, diskUuid, dir.path));
    unwrap(await connection.refresh());
    const before = connection.ourObjects().length;
    const { id } = operations.start(request);
    operations.cancel(id);
    while (operations.list().find((one) => one.id === id)!.endedAt === undefined)
      await new Promise((resolve) => operations.once('changed', resolve));
    expect(operations.list().find((one) => one.id === id)).toMatchObject({ state: 'cancelled' });
    unwrap(await connection.refresh());
    expect(connection.ourObjects()).toHaveLength(before);
  });

  it.each(['samples', 'all'] as const)('compare %s with the source', async (blocks) => {
    const [smallest] = connection
      .inventory()
      .disks.filter(({ sizeBytes, attachments }) => sizeBytes > 512 * MIB && attachments.length > 0)
      .sort((a, b) => a.sizeBytes - b.sizeBytes);
    const targetFolder = join(dir.path, `source-${blocks}`);
    const exported = await runExport(connection, { diskUuids: [smallest.uuid], targetFolder, after: 'keep' });
    const { last } = await follow({
      kind: 'verify',
      manifestPath: exported.manifestPath,
      chain: true,
      source: { poolId: connection.poolUuid, blocks },
    });
    const size = exported.manifest.sizeBytes;
    expect(last).toMatchObject({
      state: 'done',
      step: 'comparing',
      result: { report: { sound: true, comparedWithSource: true } },
    });
    const { sourceBytes } = (last.result as { report: { sourceBytes: number } }).report;
    if (blocks === 'all') expect(sourceBytes).toBe(size);
    else expect([sourceBytes <= 258 * MIB, sourceBytes >= 250 * MIB]).toEqual([true, true]);
  });

  it('fail with a name when there is no such export', async () => {
    const { last } = await follow({ kind: 'serve', manifestPath: join(dir.path, 'nothing.json') });
    expect(last).toMatchObject({ state: 'failed', failure: { code: 'manifest-unreadable' } });
  });
});
