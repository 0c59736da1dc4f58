import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import type { CopyRequest } from '../../src/main/engine/export/copy/request';
import { copyInWorker, type RunningCopy } from '../../src/main/engine/export/copy/worker-client';
import { ok, unwrap } from '../../src/shared/model/result';
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
/** At which read the server breaks the connection off. */
let cutAtRead: number | undefined;
let count = 0;

beforeEach(async () => {
  reads = 0;
  cutAtRead = undefined;
  server = await startScriptedServer((peer) =>
    xapiNbd(peer, {
      disk,
      exportName: 'x',
      onRequest: (type) => {
        if (type === 0 && ++reads === cutAtRead) throw new Error('the connection is cut');
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

/** Long enough to read all of the disk; on a slow machine, or a wrong one, it may come to less. */
const longEnough = () => new Promise((resolve) => setTimeout(resolve, 250));

/** Begins a copy, does something to it at once, and waits until it has its connection. */
async function connected(
  limitBytesPerSecond: number | undefined,
  act: (running: RunningCopy) => void,
): Promise<RunningCopy> {
  const limit = limitBytesPerSecond === undefined ? {} : { limitBytesPerSecond };
  let tell = (): void => undefined;
  const isConnected = new Promise<void>((resolve) => (tell = resolve));
  const running = startCopy({ ...request(), ...limit }, { onConnected: () => tell() });
  act(running);
  await isConnected;
  return running;
}

it('a pause holds its reads until it goes on', async () => {
  const running = await connected(undefined, (copy) => copy.pause());
  await longEnough();
  expect(reads).toBe(0);
  running.resume();
  expect(unwrap(await running.done).readBytes).toBe(disk.length);
});

it('a rate that would take for ever can be lifted, and one can be set', async () => {
  const running = await connected(1, () => undefined);
  await longEnough();
  expect(reads).toBe(0);
  running.limit(undefined);
  expect(unwrap(await running.done).readBytes).toBe(disk.length);

  const before = reads;
  const slowed = await connected(undefined, (copy) => copy.limit(1));
  await longEnough();
  expect(reads - before).toBe(0);
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

it('a connection that is lost is set up again, where nobody has fresh targets with those there are', async () => {
  cutAtRead = 3;
  expect(unwrap(await startCopy(request()).done).readBytes).toBe(disk.length);
  expect(readFileSync(join(folder.path, `${count}.raw`)).equals(disk)).toBe(true);
  expect(server.connections()).toBe(2);

  reads = 0;
  let asked = 0;
  const { source } = request();
  const refreshTargets = () => {
    asked++;
    return Promise.resolve(ok(source.kind === 'nbd' ? source.targets : []));
  };
  expect(unwrap(await startCopy(request(), { refreshTargets }).done).readBytes).toBe(disk.length);
  expect(asked).toBe(1);
});
