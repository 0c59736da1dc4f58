import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import type { StartCopy } from '../../src/main/engine/export/copy/worker-client';
import { writeExport } from '../../src/main/engine/export/write-export';
import type { PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import { FailureError } from '../../src/shared/model/failure';
import { quickDemoPool } from '../fixtures/demo-pool';
import { memoryFolder } from '../fixtures/exporting';
import { JobsOverRuns } from '../fixtures/interrupted-export';
import { connectTo, disk } from '../fixtures/pool-connection';

const folder = memoryFolder();
let demo: DemoPool;
let connection: PoolConnection;
let jobs: JobsOverRuns;

beforeEach(async () => {
  demo = await quickDemoPool();
  connection = await connectTo(demo);
});
afterEach(async () => {
  jobs.remove();
  await connection.close();
  await demo.close();
});
afterAll(() => folder.remove());

/** The journal as it is at this moment. */
function journal(): Record<string, unknown>[] {
  const [name] = readdirSync(jobs.folder).filter((file) => file.endsWith('.jsonl'));
  const lines = readFileSync(join(jobs.folder, name), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}
const latest = (type: string): Record<string, unknown> | undefined =>
  journal().findLast((line) => line.type === type);

/** The pool, and what was written down of each thing just before it was asked to make it. */
function watched(before: Map<string, unknown>): PoolConnection {
  return new Proxy(connection, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      const call = value.bind(target) as (...words: unknown[]) => unknown;
      return (...words: unknown[]): unknown => {
        if (key === 'createTask') before.set('task', [words[0], latest('task')?.name]);
        if (key === 'callAsync' && words[1] === 'VM.snapshot')
          before.set('snapshot', [(words[2] as unknown[])[1], latest('creating')?.name]);
        return call(...words);
      };
    },
  });
}

it('whatever a job makes on the pool or on disk is in its journal before', async () => {
  const before = new Map<string, unknown>();
  const pool = watched(before);
  jobs = new JobsOverRuns(() => pool);
  const startCopy: StartCopy = (request, hooks) => {
    const { image } = latest('writing')?.names as { image: string };
    before.set('image', [request.target.finalPath.endsWith(image), existsSync(request.target.path)]);
    before.set('created', latest('created') !== undefined);
    before.set('names', [
      (latest('writing')?.names as { manifest: string }).manifest,
      latest('reserving')?.manifest,
    ]);
    return copyInProcess(request, hooks);
  };
  const { uuid } = disk(connection, 'gateway-01 flash');
  const { job } = await jobs.start({ diskUuids: [uuid], targetFolder: join(folder.path, 'to') }, startCopy);
  expect(job.state).toBe('done');
  for (const what of ['task', 'snapshot', 'names']) {
    const [made, written] = before.get(what) as string[];
    expect([what, written]).toEqual([what, made]);
  }
  expect(before.get('created')).toBe(true);
  expect(before.get('image')).toEqual([true, false]);
});

it('names that cannot be written down are not kept', async () => {
  jobs = new JobsOverRuns(() => connection);
  const to = join(folder.path, 'full');
  const seen: string[][] = [];
  const unwritten = new FailureError({ code: 'journal-not-written', message: 'It is full.', nextStep: '' });
  const written = await writeExport(
    {
      folder: to,
      format: 'raw',
      source: { kind: 'nbd', targets: [] },
      extents: () => ({ kind: 'all' }),
      sizeBytes: 65_536,
      base: undefined,
      skipUnchanged: true,
      limitBytesPerSecond: undefined,
      about: {
        pool: { uuid: 'pool', name: 'pool' },
        disk: { uuid: 'disk', name: 'disk', storage: 'shelf' },
        snapshot: { uuid: 'snapshot', takenAt: new Date().toISOString() },
        mode: 'full',
        reason: 'a test',
      },
      toolVersion: '0.0.0',
      startedAt: new Date(),
      keepUnfinished: () => true,
    },
    copyInProcess,
    {
      onFiles: () => {
        seen.push(readdirSync(to));
        throw unwritten;
      },
      onStarted: () => undefined,
      onVerifying: () => undefined,
    },
  );
  expect(written).toMatchObject({ ok: false, failure: { code: 'journal-not-written' } });
  expect(seen).toEqual([[expect.stringMatching(/\.json\.partial$/)]]);
  expect(readdirSync(to)).toEqual([]);
});
