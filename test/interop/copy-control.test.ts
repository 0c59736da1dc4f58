import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import type { CopyRequest } from '../../src/main/engine/export/copy/request';
import { copyInWorker } from '../../src/main/engine/export/copy/worker-client';
import { unwrap } from '../../src/shared/model/result';
import { outFolder } from '../fixtures/cli';
import { memoryFolder } from '../fixtures/exporting';
import { startScriptedServer, type ScriptedServer } from '../fixtures/scripted-nbd-server';
import { xapiNbd } from '../fixtures/xapi-nbd-manners';

/** What is asked of a copy while its worker runs. */
const MIB = 1024 * 1024;
const disk = Buffer.alloc(8 * MIB, 7);
const folder = memoryFolder();
const startCopy = copyInWorker(pathToFileURL(join(outFolder, 'copy-worker.js')));
let server: ScriptedServer;
let reads: number;
let onRead: () => void;
let count = 0;

beforeEach(async () => {
  reads = 0;
  onRead = () => undefined;
  server = await startScriptedServer((peer) =>
    xapiNbd(peer, {
      disk,
      exportName: 'x',
      onRequest: (type) => {
        if (type === 0) reads++;
        onRead();
      },
    }),
  );
});
afterEach(() => server.stop());
afterAll(() => folder.remove());

function request(): CopyRequest {
  const path = join(folder.path, `${++count}.raw`);
  return {
    source: {
      kind: 'nbd',
      targets: [
        {
          address: { kind: 'tcp', host: '127.0.0.1', port: server.port },
          exportName: 'x',
          tls: { mode: 'none' },
        },
      ],
      connections: 1,
    },
    extents: { kind: 'all' },
    target: { format: 'raw', path, finalPath: path },
  };
}

it('a pause holds its reads until it goes on', async () => {
  let connected = (): void => undefined;
  const isConnected = new Promise<void>((resolve) => (connected = resolve));
  const running = startCopy(request(), { onConnected: () => connected() });
  running.pause();
  await isConnected;
  // Long enough for all of the disk; on a slow machine, or a wrong one, it may come to less.
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect(reads).toBe(0);
  running.resume();
  expect(unwrap(await running.done).readBytes).toBe(disk.length);
});

it('a rate that would take for ever can be lifted, and one can be set', async () => {
  const running = startCopy({ ...request(), limitBytesPerSecond: 1 });
  await new Promise<void>((resolve) => (onRead = resolve));
  running.limit(undefined);
  expect(unwrap(await running.done).readBytes).toBe(disk.length);

  const before = reads;
  const slowed = startCopy(request());
  slowed.limit(1);
  await new Promise<void>((resolve) => (onRead = resolve));
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect(reads - before).toBe(1);
  slowed.cancel();
  expect(await slowed.done).toMatchObject({ ok: false, failure: { code: 'cancelled' } });
});

it('a cancellation ends it, paused or not', async () => {
  for (const paused of [true, false]) {
    const running = startCopy({ ...request(), limitBytesPerSecond: 1 });
    if (paused) running.pause();
    running.cancel();
    expect(await running.done).toMatchObject({ ok: false, failure: { code: 'cancelled' } });
    expect(existsSync(join(folder.path, `${count}.raw.sums`))).toBe(false);
  }
});
