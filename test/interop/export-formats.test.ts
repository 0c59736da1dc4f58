import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import { unwrap } from '../../src/shared/model/result';
import { quickDemoPool } from '../fixtures/demo-pool';
import { filesIn, memoryFolder, runExport, servedRanges, truthOf } from '../fixtures/exporting';
import { judgeExport } from '../fixtures/judge-export';
import { act, connectTo, disk } from '../fixtures/pool-connection';

const KIB64 = 65_536;
const folder = memoryFolder();
let demo: DemoPool;
let connection: PoolConnection;

beforeEach(async () => {
  demo = await quickDemoPool();
  connection = await connectTo(demo);
});
afterEach(async () => {
  await connection.close();
  await demo.close();
});
afterAll(() => folder.remove());

const write = (vdi: string, offset: number, data: Buffer) =>
  act(connection, 'write', { vdi, offset: String(offset), data: data.toString('base64') });
const zero = (vdi: string, offset: number, length: number) =>
  act(connection, 'zero', { vdi, offset: String(offset), length: String(length) });

describe.each([
  ['vhd', 10],
  ['qcow2', 20],
  ['raw', 30],
] as const)('%s', (format, value) => {
  it('full, then increments: zeroed, one sector, unchanged content, short end, nothing, everything moved on', async () => {
    const { uuid, sizeBytes } = disk(connection, 'gateway-01 flash');
    const targetFolder = join(folder.path, `${format}-chain`);
    const wish = { diskUuids: [uuid], targetFolder, format };
    const truthFolder = folder.path;

    const full = await runExport(connection, wish);
    expect(full.job.failure).toBeUndefined();
    expect(full.manifest.mode).toBe('full');
    await judgeExport(format, full, await truthOf(connection, uuid, truthFolder));

    // Block 8 becomes zero, one sector of block 21 changes, block 40 is written with what it held, the end changes.
    await write(uuid, 8 * KIB64, Buffer.alloc(KIB64, 7));
    await write(uuid, 40 * KIB64, Buffer.alloc(KIB64, 9));
    const setUp = await runExport(connection, wish);
    expect(setUp.manifest.mode).toBe('cbt');
    await judgeExport(format, setUp, await truthOf(connection, uuid, truthFolder));
    await zero(uuid, 8 * KIB64, KIB64);
    await write(uuid, 21 * KIB64 + 512, Buffer.alloc(512, value));
    await write(uuid, 40 * KIB64, Buffer.alloc(KIB64, 9));
    await write(uuid, sizeBytes - 512, Buffer.alloc(512, value + 1));
    const third = await runExport(connection, wish);
    const last = Math.floor((sizeBytes - 1) / KIB64) * KIB64;
    expect(await servedRanges(connection, third.manifest.snapshot.uuid)).toEqual([
      [8 * KIB64, KIB64],
      [21 * KIB64, KIB64],
      [40 * KIB64, KIB64],
      [last, sizeBytes - last],
    ]);
    expect(third.manifest.bytes).toMatchObject({
      changed: 3 * KIB64 + sizeBytes - last,
      read: 3 * KIB64 + sizeBytes - last,
      zero: KIB64,
      equal: KIB64,
    });
    await judgeExport(format, third, await truthOf(connection, uuid, truthFolder));

    const nothing = await runExport(connection, wish);
    expect(nothing.manifest.bytes).toMatchObject({ changed: 0, read: 0, written: 0 });
    await judgeExport(format, nothing, await truthOf(connection, uuid, truthFolder));

    expect(connection.ourObjects()).toMatchObject([
      { kind: 'disk-snapshot', uuid: nothing.manifest.snapshot.uuid, kept: true },
    ]);
    expect(filesIn(targetFolder).filter((name) => name.includes('partial'))).toEqual([]);
    expect(filesIn(targetFolder)).toHaveLength(4 * 3);
  });
});

it('a disk that grows between two exports', async () => {
  const { uuid, sizeBytes } = disk(connection, 'gateway-01 flash');
  const wish = { diskUuids: [uuid], targetFolder: join(folder.path, 'grown'), format: 'qcow2' as const };
  await runExport(connection, wish);
  const grown = sizeBytes + 64 * 1024 * 1024;
  await act(connection, 'resize', { vdi: uuid, size: String(grown) });
  unwrap(await connection.refresh());
  const after = disk(connection, 'gateway-01 flash');
  await write(uuid, grown - 4096, Buffer.alloc(512, 1));
  const increment = await runExport(connection, wish);
  expect(increment.manifest).toMatchObject({
    mode: 'cbt',
    sizeBytes: disk(connection, 'gateway-01 flash').sizeBytes,
  });
  expect(increment.manifest.sizeBytes).toBeGreaterThan(after.sizeBytes - 1);
  expect(increment.manifest.bytes.read).toBeLessThanOrEqual(KIB64);
  await judgeExport('qcow2', increment, await truthOf(connection, uuid, folder.path));
});

it('a small disk of which everything changed', async () => {
  const { uuid, sizeBytes } = disk(connection, 'gateway-01 flash');
  const targetFolder = join(folder.path, 'all');
  const wish = { diskUuids: [uuid], targetFolder, format: 'vhd' as const };
  await runExport(connection, wish);
  const step = 32 * 1024 * 1024;
  for (let offset = 0; offset < sizeBytes; offset += step) {
    const length = Math.min(step, disk(connection, 'gateway-01 flash').sizeBytes - offset);
    await zero(uuid, offset, length);
  }
  await write(uuid, 300 * KIB64, Buffer.alloc(KIB64, 1));
  const increment = await runExport(connection, wish);
  expect(increment.manifest.bytes.changed).toBe(disk(connection, 'gateway-01 flash').sizeBytes);
  await judgeExport('vhd', increment, await truthOf(connection, uuid, folder.path));
});
