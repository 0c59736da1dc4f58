import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import { unwrap } from '../../src/shared/model/result';
import { quickDemoPool } from '../fixtures/demo-pool';
import { imageOf, memoryFolder, readManifestFile, servedRanges, truthOf } from '../fixtures/exporting';
import { measuredCli } from '../fixtures/measured-cli';
import { act, connectTo, disk } from '../fixtures/pool-connection';
import { demandSound, qemuImg } from '../fixtures/qemu-img';

const TIB2 = 2 * 1024 ** 4;
const KIB64 = 65_536;
const MOST_MIB = 200;
const folder = memoryFolder();
let demo: DemoPool;
let connection: PoolConnection;

beforeAll(async () => {
  demo = await quickDemoPool();
  connection = await connectTo(demo);
});
afterAll(async () => {
  await connection.close();
  await demo.close();
  folder.remove();
});

/** Exports the disk as a user would, and checks that memory stays flat. */
async function exportTo(targetFolder: string, ...more: string[]): Promise<string> {
  const { uuid } = disk(connection, 'archive-01 data');
  const pool = ['--pool', demo.url, '--user', demo.user, '--fingerprint', demo.fingerprint];
  const args = ['export', uuid, '--to', targetFolder, ...more, '--json', ...pool];
  const { code, stdout, peakMib } = await measuredCli(args, {
    DELTASCOPE_PASSWORD: demo.password,
    DELTASCOPE_HOME: join(folder.path, 'home'),
  });
  expect(code).toBe(0);
  expect(peakMib).toBeGreaterThan(0);
  expect(peakMib).toBeLessThan(MOST_MIB);
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; manifestPath: string });
  unwrap(await connection.refresh());
  return events.find(({ event }) => event === 'exported')!.manifestPath;
}

it('2 TiB, almost empty, and then few changes: only data is read, and memory stays flat', async () => {
  const targetFolder = join(folder.path, 'to');
  const { uuid, sizeBytes } = disk(connection, 'archive-01 data');
  expect(sizeBytes).toBe(TIB2);
  const full = readManifestFile(await exportTo(targetFolder));
  expect(full).toMatchObject({ mode: 'full', sizeBytes: TIB2 });
  expect(full.bytes.read).toBeGreaterThan(0);
  expect(full.bytes.read).toBeLessThan(200 * 1024 * 1024);
  const ranges = await servedRanges(connection, full.snapshot.uuid);
  expect(ranges.reduce((sum, [, length]) => sum + length, 0)).toBe(full.bytes.read);

  const changed = [0, 700_000 * KIB64, TIB2 - KIB64];
  for (const offset of changed) {
    const data = Buffer.alloc(512, 0x5a).toString('base64');
    await act(connection, 'write', { vdi: uuid, offset: String(offset + 1024), data });
  }
  const manifestPath = await exportTo(targetFolder);
  const manifest = readManifestFile(manifestPath);
  expect(manifest).toMatchObject({
    mode: 'cbt',
    sizeBytes: TIB2,
    bytes: { changed: 3 * KIB64, read: 3 * KIB64 },
    parent: { id: full.id },
  });
  expect(await servedRanges(connection, manifest.snapshot.uuid)).toEqual(
    changed.map((offset) => [offset, KIB64]),
  );
  await demandSound(imageOf(manifestPath), 'qcow2');
  const truth = await truthOf(connection, uuid, folder.path);
  await qemuImg('compare', '-f', 'raw', '-F', 'qcow2', truth, imageOf(manifestPath));
});
