import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { finishSnapshot, snapshotVm } from '../../src/main/engine/cbt';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import { writeExport } from '../../src/main/engine/export/write-export';
import { targetFromUri } from '../../src/main/engine/nbd/uri';
import type { PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import { unwrap } from '../../src/shared/model/result';
import { outFolder } from '../fixtures/cli';
import { quickDemoPool } from '../fixtures/demo-pool';
import { imageOf, memoryFolder, readManifestFile, servedRanges, truthOf } from '../fixtures/exporting';
import { startNbdkit } from '../fixtures/nbd-servers';
import { act, connectTo, disk, snapshot, vm } from '../fixtures/pool-connection';
import { demandSound, qemuImg } from '../fixtures/qemu-img';

const TIB2 = 2 * 1024 ** 4;
const KIB64 = 65_536;
const MOST_MEMORY_KIB = 300 * 1024;
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

/** A full export of the disk's present state, read from a server that knows its holes. Returns the snapshot. */
async function makeBase(targetFolder: string): Promise<string> {
  const { uuid, name, sizeBytes } = disk(connection, 'archive-01 data');
  const vmUuid = vm(connection, 'archive-01').uuid;
  const taken = unwrap(await snapshotVm(connection, { vmUuid, jobId: randomUUID(), name: 'base' }));
  const [{ snapshotUuid }] = taken.disks;
  unwrap(
    await finishSnapshot(
      connection,
      { snapshotUuids: [snapshotUuid], vmSnapshotUuid: taken.vmSnapshotUuid! },
      'purge',
    ),
  );
  unwrap(await connection.refresh());
  const server = await startNbdkit(['file', await truthOf(connection, uuid, folder.path)]);
  try {
    unwrap(
      await writeExport(
        {
          folder: join(targetFolder, 'archive'),
          format: 'qcow2',
          source: { kind: 'nbd', targets: [unwrap(targetFromUri(server.uri))] },
          extents: { kind: 'used' },
          sizeBytes,
          base: undefined,
          skipUnchanged: true,
          limitBytesPerSecond: undefined,
          about: {
            pool: { uuid: connection.poolUuid, name: 'pool' },
            disk: { uuid, name, storage: '' },
            snapshot: { uuid: snapshotUuid, takenAt: snapshot(connection, snapshotUuid)!.takenAt },
            mode: 'full',
            reason: 'The base of a test.',
          },
          toolVersion: '0.0.0',
          startedAt: new Date(),
        },
        copyInProcess,
        { onStarted: () => undefined, onVerifying: () => undefined },
      ),
    );
  } finally {
    await server.stop();
  }
  return snapshotUuid;
}

/** Runs the command line and returns its output and the most memory it held, in KiB. */
async function measured(
  args: readonly string[],
): Promise<{ code: number | null; stdout: string; peakKib: number }> {
  const child = spawn(process.execPath, [join(outFolder, 'cli.js'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, DELTASCOPE_PASSWORD: demo.password, DELTASCOPE_HOME: join(folder.path, 'home') },
  });
  let stdout = '';
  let peakKib = 0;
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  const look = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid!}/status`, 'utf8');
      peakKib = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? peakKib);
    } catch {
      // It has just ended.
    }
  }, 20);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearInterval(look);
  return { code, stdout, peakKib };
}

it('2 TiB with few changes: only those are read, and memory stays flat', async () => {
  const targetFolder = join(folder.path, 'to');
  const { uuid, sizeBytes } = disk(connection, 'archive-01 data');
  expect(sizeBytes).toBe(TIB2);
  await makeBase(targetFolder);
  const changed = [0, 700_000 * KIB64, TIB2 - KIB64];
  for (const offset of changed) {
    const data = Buffer.alloc(512, 0x5a).toString('base64');
    await act(connection, 'write', { vdi: uuid, offset: String(offset + 1024), data });
  }
  const pool = ['--pool', demo.url, '--user', demo.user, '--fingerprint', demo.fingerprint];
  const { code, stdout, peakKib } = await measured(['export', uuid, '--to', targetFolder, '--json', ...pool]);
  expect(code).toBe(0);
  const exported = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; manifestPath: string });
  const { manifestPath } = exported.find(({ event }) => event === 'exported')!;
  const manifest = readManifestFile(manifestPath);
  expect(manifest).toMatchObject({
    mode: 'cbt',
    sizeBytes: TIB2,
    bytes: { changed: 3 * KIB64, read: 3 * KIB64 },
  });
  expect(await servedRanges(connection, manifest.snapshot.uuid)).toEqual(
    changed.map((offset) => [offset, KIB64]),
  );
  expect(peakKib).toBeGreaterThan(0);
  expect(peakKib).toBeLessThan(MOST_MEMORY_KIB);
  await demandSound(imageOf(manifestPath), 'qcow2');
  await qemuImg(
    'compare',
    '-f',
    'raw',
    '-F',
    'qcow2',
    await truthOf(connection, uuid, folder.path),
    imageOf(manifestPath),
  );
});
