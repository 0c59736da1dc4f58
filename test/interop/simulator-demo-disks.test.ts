import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openDemoDisk,
  readDemoDisks,
  type DemoDisk,
  type DiskArea,
} from '../../src/main/simulator/storage/demo-disks';
import type { Extent } from '../../src/shared/blocks/extent';
import type { VirtualDisk } from '../../src/main/simulator/storage/virtual-disk';
import { tempDir } from '../fixtures/temp-dir';

const folder = join(import.meta.dirname, '../../resources/demo-disks');
const run = promisify(execFile);
const work = tempDir('demo-disks-');
let disks: Map<string, DemoDisk>;

beforeAll(async () => {
  disks = await readDemoDisks(folder);
});
afterAll(() => work.remove());

const KEYS = [
  'web-system',
  'db-system',
  'db-data',
  'files-system',
  'mail-system',
  'archive-data',
  'gateway-system',
  'build-scratch',
];

it('lists the disks that the demo pool is built from', () => {
  expect([...disks.keys()]).toEqual(KEYS);
});

describe.each(KEYS)('%s', (key) => {
  let entry: DemoDisk;
  let disk: VirtualDisk;
  const raw = join(work.path, `${key}.raw`);

  beforeAll(async () => {
    entry = disks.get(key)!;
    disk = await openDemoDisk(folder, entry);
    await disk.dump(raw);
  });
  afterAll(async () => {
    await disk.destroyData();
    rmSync(raw, { force: true });
  });

  it('is the image that the catalogue names', async () => {
    const image = await readFile(join(folder, entry.file));
    expect(createHash('sha256').update(image).digest('hex')).toBe(entry.sha256);
  });

  it('holds what qemu-img sees in the image', async () => {
    await run('qemu-img', ['compare', '-f', 'raw', '-F', 'qcow2', raw, join(folder, entry.file)]);
    const used = disk.allocated().reduce((sum, { length }) => sum + length, 0);
    expect(used).toBeGreaterThan(5 << 20);
    expect(used).toBeLessThan(64 << 20);
  });

  it('has the partitions of the catalogue', () => {
    const asked = spawnSync('sfdisk', ['-J', raw], { encoding: 'utf8' });
    if (key === 'build-scratch') {
      expect(asked.status).not.toBe(0);
      return;
    }
    const { partitiontable } = JSON.parse(asked.stdout) as {
      partitiontable: { label: string; partitions: { start: number; size: number }[] };
    };
    const partitions = partitiontable.partitions.map(({ start, size }) => ({
      offset: start * 512,
      length: size * 512,
    }));
    for (const area of entry.areas) {
      expect(
        partitions.some(
          ({ offset, length }) => area.offset >= offset && area.offset + area.length <= offset + length,
        ),
      ).toBe(true);
    }
    expect(partitions.length).toBe(key === 'mail-system' ? 2 : entry.areas.length);
  });

  it('has sound file systems', async () => {
    for (const area of entry.areas) {
      const file = await cutOut(disk, area);
      await check(file, area).finally(() => rmSync(file));
    }
  });
});

it('has volumes that LVM finds where the catalogue says', async () => {
  const entry = disks.get('mail-system')!;
  const disk = await openDemoDisk(folder, entry);
  const start = 513 << 20;
  const file = await cutOut(disk, { offset: start, length: entry.sizeBytes - start });
  await disk.destroyData();
  const metadata = execFileSync('pvck', ['--dump', 'metadata', file], {
    encoding: 'utf8',
    env: { ...process.env, LVM_SUPPRESS_FD_WARNINGS: '1' },
  });
  const volumes = [...metadata.matchAll(VOLUME)].map(([, name, extents, first]) => ({
    name,
    offset: start + (1 << 20) + Number(first) * EXTENT_BYTES,
    length: Number(extents) * EXTENT_BYTES,
  }));
  const expected = entry.areas.filter(({ name }) => name !== 'boot');
  expect(volumes).toEqual(expected.map(({ name, offset, length }) => ({ name, offset, length })));
});

const EXTENT_BYTES = 4 << 20;
const VOLUME = /^(\w+) \{\nid = [^{}]*segment1 \{[^{}]*extent_count = (\d+)[^{}]*"pv0", (\d+)/gm;

/** A range of the disk as a sparse file. */
async function cutOut(disk: VirtualDisk, area: Extent): Promise<string> {
  const path = join(work.path, `area-${area.offset}.raw`);
  const file = await open(path, 'w');
  try {
    await file.truncate(area.length);
    for (const extent of disk.allocated()) {
      const first = Math.max(extent.offset, area.offset);
      const end = Math.min(extent.offset + extent.length, area.offset + area.length);
      if (first < end)
        await file.write(await disk.read(first, end - first), 0, end - first, first - area.offset);
    }
  } finally {
    await file.close();
  }
  return path;
}

async function check(file: string, area: DiskArea): Promise<void> {
  switch (area.kind) {
    case 'ext4':
      await run('e2fsck', ['-f', '-n', file]);
      break;
    case 'xfs':
      await run('xfs_repair', ['-f', '-n', file]);
      break;
    case 'vfat':
      await run('fsck.vfat', ['-n', file]);
      break;
    case 'ntfs':
      await run('ntfsfix', ['-n', file]);
      break;
    case 'swap':
      expect((await run('blkid', ['-p', '-s', 'TYPE', '-o', 'value', file])).stdout.trim()).toBe('swap');
      break;
    case 'none':
      break;
  }
}
