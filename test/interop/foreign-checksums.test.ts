import { mkdirSync, readFileSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import { chainOf } from '../../src/main/engine/library/chain';
import { flatten } from '../../src/main/engine/library/flatten';
import { restoreExport } from '../../src/main/engine/library/restore/restore';
import { DEFAULT_LISTEN, serveExport } from '../../src/main/engine/library/serve';
import type { PoolConnection } from '../../src/main/engine/xapi';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import { unwrap, type Result } from '../../src/shared/model/result';
import { quickDemoPool } from '../fixtures/demo-pool';
import { exportChain } from '../fixtures/exported-chain';
import { filesIn } from '../fixtures/exporting';
import { pattern } from '../fixtures/image-source';
import { connectTo } from '../fixtures/pool-connection';
import { tempDir } from '../fixtures/temp-dir';

const MIB = 1024 * 1024;
/** Two pages of checksums, of which each is 4 KiB for 32 MiB of disk. */
const SIZE = 40 * MIB;
const dir = tempDir();
let demo: DemoPool;
let connection: PoolConnection;
let folder: string;
let count = 0;

beforeAll(async () => {
  demo = await quickDemoPool();
  connection = await connectTo(demo);
});
beforeEach(() => {
  folder = join(dir.path, String(++count));
  mkdirSync(folder);
});
afterAll(async () => {
  await connection.close();
  await demo.close();
  dir.remove();
});

/** A full with data in both pages, and an increment. */
function states(seed: number): Buffer[] {
  const full = Buffer.alloc(SIZE);
  pattern(3 * MIB, seed).copy(full, MIB);
  pattern(MIB, seed + 1).copy(full, 36 * MIB);
  const next = Buffer.from(full);
  pattern(MIB, seed + 2).copy(next, 20 * MIB);
  return [full, next];
}

const diskUuids = async (): Promise<string[]> => {
  unwrap(await connection.refresh());
  return connection.inventory().disks.map(({ uuid }) => uuid);
};

/** Restored, served and merged: all refuse, for the same reason, and leave nothing. */
async function expectRefused(manifestPath: string, code: string): Promise<void> {
  const refused = { ok: false, failure: { code } };
  const before = await diskUuids();
  const restored = await restoreExport(
    connection,
    manifestPath,
    { storageUuid: connection.inventory().storages.find(({ type }) => type === 'nfs')!.uuid, prove: true },
    {
      progress: () => undefined,
      signal: new AbortController().signal,
      jobsFolder: join(dir.path, 'jobs'),
    },
  );
  expect(restored).toMatchObject(refused);
  expect(await diskUuids()).toEqual(before);
  const served = await serveExport(manifestPath, { listen: DEFAULT_LISTEN });
  if (served.ok) await served.value.close();
  expect(served).toMatchObject(refused);
  const files = filesIn(folder);
  expect(await flattened(manifestPath)).toMatchObject(refused);
  expect(filesIn(folder)).toEqual(files);
}

const flattened = (manifestPath: string): Promise<Result<unknown>> =>
  flatten(manifestPath, join(folder, 'flat.raw'), 'raw', copyInProcess, ({ done }) => done);

const FORMATS = ['vhd', 'qcow2', 'raw'] as const;

describe.each(FORMATS)('checksums beside a chain of %s', (format) => {
  it.each([0, 1])('with a page of zeros (image %i): what it covered does not count as empty', async (at) => {
    const written = await exportChain(folder, format, states(1));
    const [{ checksumsPath }] = unwrap(await chainOf(written[at].manifestPath));
    const sums = readFileSync(checksumsPath);
    sums.fill(0, 64, 64 + 4096);
    writeFileSync(checksumsPath, sums);
    await expectRefused(written[1].manifestPath, 'checksums-damaged');
  });

  it('of another disk, with its image: the manifest is of this one', async () => {
    const other = join(folder, 'other');
    mkdirSync(other);
    const [{ manifestPath }] = await exportChain(folder, format, [states(1)[0]]);
    await exportChain(other, format, [states(50)[0]]);
    const [link] = unwrap(await chainOf(manifestPath));
    for (const path of [link.imagePath, link.checksumsPath])
      renameSync(join(other, path.slice(folder.length)), path);
    await expectRefused(manifestPath, 'checksums-damaged');
  });
});

it('an image that holds another size than its manifest says', async () => {
  const [{ manifestPath }] = await exportChain(folder, 'raw', [states(1)[0]]);
  const [{ imagePath }] = unwrap(await chainOf(manifestPath));
  truncateSync(imagePath, SIZE + MIB);
  await expectRefused(manifestPath, 'image-size-differs');
});

it('merging misses a block that the image lost from its own table', async () => {
  const [{ manifestPath }] = await exportChain(folder, 'vhd', [states(1)[0]]);
  const [{ imagePath }] = unwrap(await chainOf(manifestPath));
  const image = readFileSync(imagePath);
  // The dynamic header names the table in its bytes 16 to 24. Source: Microsoft, Virtual Hard Disk Image Format.
  const table = Number(image.readBigUInt64BE(512 + 16));
  expect(image.readUInt32BE(table)).not.toBe(0xffffffff);
  image.writeUInt32BE(0xffffffff, table);
  writeFileSync(imagePath, image);
  expect(statSync(imagePath).size).toBe(image.length);
  expect(await flattened(manifestPath)).toMatchObject({
    ok: false,
    failure: { code: 'image-block-damaged' },
  });
});
