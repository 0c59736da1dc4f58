import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { pathToFileURL } from 'node:url';
import { copyInWorker, type StartCopy } from '../../src/main/engine/export/copy/worker-client';
import type { PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import { outFolder } from '../fixtures/cli';
import { quickDemoPool } from '../fixtures/demo-pool';
import { memoryFolder, runExport } from '../fixtures/exporting';
import { fillDisk } from '../fixtures/interrupted-export';
import { connectTo, disk, fault } from '../fixtures/pool-connection';

/** A host answers a connection's reads one after another, so that each further connection helps as much as the first. */
const MIB = 1024 * 1024;
const folder = memoryFolder();
let demo: DemoPool;
let connection: PoolConnection;
let count = 0;

beforeEach(async () => {
  demo = await quickDemoPool();
  connection = await connectTo(demo);
  await fault(connection, { kind: 'slow-nbd', milliseconds: 100 });
});
afterEach(async () => {
  await connection.close();
  await demo.close();
});
afterAll(() => folder.remove());

const startCopy = copyInWorker(pathToFileURL(join(outFolder, 'copy-worker.js')));

/** Exports; returns how many connections the copy had at first and at most, how often it asked for more, and kept of those. */
async function exported(connections?: number) {
  const seen = { first: 0, most: 0, asked: 0, held: 0 };
  const watching: StartCopy = (request, hooks = {}) => {
    const { share } = hooks;
    const counting = share && {
      take: async () => {
        seen.asked++;
        const granted = await share.take();
        if (granted) seen.held++;
        return granted;
      },
      giveBack: () => {
        seen.held--;
        share.giveBack();
      },
    };
    if (request.source.kind === 'nbd') seen.first = request.source.connections ?? 0;
    const running = startCopy(request, { ...hooks, ...(counting ? { share: counting } : {}) });
    const look = setInterval(() => {
      seen.most = Math.max(seen.most, running.counters.get('connections'));
    }, 20);
    void running.done.finally(() => clearInterval(look));
    return running;
  };
  const { job } = await runExport(
    connection,
    {
      diskUuids: [disk(connection, 'gateway-01 flash').uuid],
      targetFolder: join(folder.path, String(++count)),
      mode: 'full',
      ...(connections === undefined ? {} : { connections }),
    },
    { startCopy: watching },
  );
  expect(job).toMatchObject({ state: 'done' });
  return seen;
}

it('grows while that makes it faster, never beyond eight, each connection asked for', async () => {
  await fillDisk(connection, disk(connection, 'gateway-01 flash').uuid, 64 * MIB);
  const { first, most, asked, held } = await exported();
  expect(first).toBeLessThanOrEqual(2);
  expect(most).toBeGreaterThan(first);
  expect(most).toBeLessThanOrEqual(8);
  expect(asked).toBeGreaterThanOrEqual(most - first);
  expect(held).toBeLessThanOrEqual(most - first);
});

it('keeps a number that was asked for', async () => {
  await fillDisk(connection, disk(connection, 'gateway-01 flash').uuid, 64 * MIB);
  expect(await exported(2)).toEqual({ first: 2, most: 2, asked: 0, held: 0 });
});
