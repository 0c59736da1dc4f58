import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { snapshotVm } from '../../src/main/engine/cbt';
import { openSnapshot } from '../../src/main/engine/export/run/snapshot-source';
import type { PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import { unwrap } from '../../src/shared/model/result';
import { quickDemoPool } from '../fixtures/demo-pool';
import { memoryFolder, runExport, type ExportedJob } from '../fixtures/exporting';
import { act, connectTo, disk, fault, vm } from '../fixtures/pool-connection';

/** A pool is shared: others take snapshots, attach disks and use connections in the moment when an export wants to. */
const folder = memoryFolder();
let demo: DemoPool;
let connection: PoolConnection;
let count = 0;

const start = async (timings: { diskSnapshot?: number; vbdPlug?: number } = {}): Promise<void> => {
  demo = await quickDemoPool({ timings: { vbdUnplug: 20, authenticationDelay: 0, ...timings } });
  connection = await connectTo(demo);
};
afterEach(async () => {
  await connection.close();
  await demo.close();
});
afterAll(() => folder.remove());

const exportFlash = (over = connection): Promise<ExportedJob> =>
  runExport(over, {
    diskUuids: [disk(connection, 'gateway-01 flash').uuid],
    targetFolder: join(folder.path, String(++count)),
    mode: 'full',
  });
/** The same connection, which does something before it calls the method for the first time. */
function before(method: string, first: () => Promise<void>): PoolConnection {
  let isFirst = true;
  return new Proxy(connection, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      const call = value.bind(target) as (...words: unknown[]) => unknown;
      if (key !== 'callAsync') return call;
      return async (...words: unknown[]): Promise<unknown> => {
        if (words[1] === method && isFirst) {
          isFirst = false;
          await first();
        }
        return call(...words);
      };
    },
  });
}

/** Somebody snapshots the VM at this moment. */
async function isBeingSnapshotted(diskUuid: string): Promise<void> {
  const ref = unwrap(await connection.reference('VDI', diskUuid));
  const operations = z.record(z.string(), z.string());
  const ask = () => connection.call(operations, 'VDI.get_current_operations', [ref]);
  while (!Object.values(unwrap(await ask())).includes('snapshot'))
    await new Promise((resolve) => setTimeout(resolve, 5));
}

const outcome = ({ job: { state, failure } }: ExportedJob) => ({ state, failure });
const done = { state: 'done', failure: undefined };

describe('an export waits', () => {
  it('for a snapshot of the same VM that somebody else takes', async () => {
    await start({ diskSnapshot: 700 });
    let other: Promise<unknown> | undefined;
    const meanwhile = before('VM.snapshot', async () => {
      const vmUuid = vm(connection, 'gateway-01').uuid;
      other = snapshotVm(connection, { vmUuid, jobId: 'other', name: 'by hand' }).then(unwrap);
      await isBeingSnapshotted(disk(connection, 'gateway-01 flash').uuid);
    });
    const exported = await exportFlash(meanwhile);
    await other;
    expect(outcome(exported)).toEqual(done);
    expect(exported.log.join('\n')).toContain('The snapshot waits');
  });

  it('while somebody else attaches its snapshot', async () => {
    await start({ vbdPlug: 1500 });
    const seen = new Set<string>();
    const readers: Promise<unknown>[] = [];
    const stop = connection.onInventoryChanged(({ snapshots }) => {
      for (const { uuid, hasData } of snapshots) {
        if (!hasData || seen.has(uuid)) continue;
        seen.add(uuid);
        readers.push(openSnapshot(connection, uuid).then((opened) => unwrap(opened).close()));
      }
    });
    const exported = await exportFlash();
    stop();
    await Promise.all(readers);
    expect(readers).toHaveLength(1);
    expect(outcome(exported)).toEqual(done);
    expect(exported.log.join('\n')).toMatch(/export lists .* in use/);
    expect(exported.log.join('\n')).toContain('The list of blocks of gateway-01 flash waits: ');
  });

  it('while others use all connections of the hosts', async () => {
    await start();
    await fault(connection, { kind: 'refuse-nbd', count: 4 });
    const exported = await exportFlash();
    await act(connection, 'clear-faults');
    expect(outcome(exported)).toEqual(done);
    expect(exported.log.join('\n')).toContain('It may be busy, and is asked again.');
  });

  it('while others use the disk when its changes are listed, and when its snapshot is reduced', async () => {
    await start();
    const wish = {
      diskUuids: [disk(connection, 'gateway-01 flash').uuid],
      targetFolder: join(folder.path, String(++count)),
    };
    expect(outcome(await runExport(connection, wish))).toEqual(done);
    for (const method of ['VDI.list_changed_blocks', 'VDI.data_destroy'])
      await fault(connection, { kind: 'call-error', method, code: 'VDI_IN_USE', params: [], count: 1 });
    const increment = await runExport(connection, wish);
    expect(outcome(increment)).toEqual(done);
    expect(increment.manifest.mode).toBe('cbt');
    const log = increment.log.join('\n');
    expect(log).toContain('The list of changed blocks of gateway-01 flash waits: ');
    expect(log).toContain('The clean-up waits: ');
  });
});
