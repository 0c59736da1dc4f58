import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planExport } from '../../src/main/engine/export/plan/plan-export';
import type { PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import { readDemoDisks } from '../../src/main/simulator/storage/demo-disks';
import { unwrap } from '../../src/shared/model/result';
import { DEMO_DISKS, quickDemoPool } from '../fixtures/demo-pool';
import {
  imageOf,
  memoryFolder,
  runExport,
  servedRanges,
  truthOf,
  type ExportedJob,
} from '../fixtures/exporting';
import { judgeExport } from '../fixtures/judge-export';
import { act, connectTo, disk } from '../fixtures/pool-connection';
import { qemuImg } from '../fixtures/qemu-img';

const LARGEST_VHD = 2040 * 1024 ** 3;
const KIB64 = 65_536;
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

const catalogue = [...(await readDemoDisks(DEMO_DISKS)).values()];

describe('every demo disk that is a VHD: full in every format', () => {
  const names = catalogue.filter(({ sizeBytes }) => sizeBytes <= LARGEST_VHD).map(({ name }) => name);

  it('is one of these', () => {
    const found = connection.inventory().disks.filter(({ sizeBytes }) => sizeBytes <= LARGEST_VHD);
    expect(found.length).toBeGreaterThanOrEqual(7);
    expect(found.map(({ name }) => name).sort()).toEqual([...names].sort());
  });

  it.each(names)('%s', async (name) => {
    const { uuid } = disk(connection, name);
    const truth = await truthOf(connection, uuid, folder.path);
    for (const format of ['vhd', 'qcow2', 'raw'] as const) {
      const targetFolder = join(folder.path, `every-${format}`);
      const exported = await runExport(connection, { diskUuids: [uuid], targetFolder, format, mode: 'full' });
      expect(exported.job.failure).toBeUndefined();
      await judgeExport(format, exported, truth);
    }
    rmSync(truth);
  });
});

describe('a disk that no VHD can hold', () => {
  const huge = () => connection.inventory().disks.find(({ sizeBytes }) => sizeBytes > LARGEST_VHD)!;

  it('is not exported as a VHD: the plan says so before anything happens', async () => {
    const { uuid, name } = huge();
    const targetFolder = join(folder.path, 'huge-vhd');
    const planned = await planExport(connection, {
      poolId: connection.poolUuid,
      diskUuids: [uuid],
      targetFolder,
      format: 'vhd',
      mode: 'auto',
      base: 'auto',
      after: 'purge',
      skipUnchanged: true,
    });
    const { canStart, findings } = unwrap(planned);
    expect(canStart).toBe(false);
    expect(findings).toContainEqual(
      expect.objectContaining({
        code: 'too-large-for-vhd',
        text: `${name} is larger than a VHD can be (2040 GiB).`,
      }),
    );
    expect(existsSync(targetFolder)).toBe(false);
  });

  it.each(['qcow2', 'raw'] as const)(
    '%s: only what its storage has allocated is read; an increment on top',
    async (format) => {
      const { uuid, sizeBytes, name } = huge();
      const targetFolder = join(folder.path, `huge-${format}`);
      const wish = { diskUuids: [uuid], targetFolder, format };
      const full = await runExport(connection, { ...wish, mode: 'full' });
      expect(full.job.failure).toBeUndefined();
      expect(full.log.join('\n')).toMatch(
        new RegExp(`${name}: The host’s qcow2 export lists .* of 2 TiB in use`),
      );
      const served = await bytesServed(full.manifest.snapshot.uuid);
      expect(served).toBe(full.manifest.bytes.read);
      expect(served).toBeGreaterThan(0);
      expect(served).toBeLessThan(200 * 1024 ** 2);
      const truth = await truthOf(connection, uuid, folder.path);
      await judgeHuge(format, full, truth);

      const changed = [5 * KIB64, 600_000 * KIB64, sizeBytes - KIB64];
      for (const offset of changed) {
        const data = Buffer.alloc(512, format.length).toString('base64');
        await act(connection, 'write', { vdi: uuid, offset: String(offset + 512), data });
      }
      const increment = await runExport(connection, { ...wish, mode: 'cbt' });
      expect(increment.manifest).toMatchObject({ mode: 'cbt', parent: { id: full.manifest.id } });
      expect(await servedRanges(connection, increment.manifest.snapshot.uuid)).toEqual(
        changed.map((offset) => [offset, KIB64]),
      );
      await judgeHuge(format, increment, await truthOf(connection, uuid, folder.path));
      rmSync(truth);
    },
  );
});

/** The checksums of 2 TiB are too many to go through for a raw file; qemu-img looks at what is not a hole. */
async function judgeHuge(format: 'qcow2' | 'raw', exported: ExportedJob, truth: string): Promise<void> {
  if (format === 'qcow2') return judgeExport(format, exported, truth);
  const said = await qemuImg('compare', '-f', 'raw', '-F', 'raw', truth, imageOf(exported.manifestPath));
  expect(said).toBe('Images are identical.\n');
}

async function bytesServed(snapshotUuid: string): Promise<number> {
  const ranges = await servedRanges(connection, snapshotUuid);
  return ranges.reduce((sum, [, length]) => sum + length, 0);
}
