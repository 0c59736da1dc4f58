import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BlockBitmap } from '../../../shared/blocks/bitmap';
import { CBT_BLOCK_SIZE, type Extent } from '../../../shared/blocks/extent';
import { openDemoDisk, readDemoDisks } from '../storage/demo-disks';
import { VirtualDisk } from '../storage/virtual-disk';
import { guestActivity, habits, type GuestDisk } from './guest-activity';
import { runWorkload, workloads, type WorkloadName } from './workloads';

const MIB = 1024 * 1024;
const names = Object.keys(workloads) as WorkloadName[];
const area = { offset: 100 * MIB, length: 700 * MIB + 512 };

/** A disk whose area holds some data, a tracker of the changed blocks and a list of the writes. */
async function tracked(sizeBytes = 1024 * MIB) {
  const disk = await VirtualDisk.create({ sizeBytes });
  for (let at = area.offset + 8 * MIB; at < area.offset + 60 * MIB && at < sizeBytes; at += 5 * MIB) {
    disk.write(at, Buffer.alloc(2 * MIB, `file ${at}`));
  }
  const changed = BlockBitmap.empty(sizeBytes);
  const writes: Extent[] = [];
  disk.onWrite((offset, length) => {
    writes.push({ offset, length });
    for (let block = Math.floor(offset / CBT_BLOCK_SIZE); block * CBT_BLOCK_SIZE < offset + length; block++) {
      changed.set(block);
    }
  });
  return { disk, changed, writes };
}

const digest = (disk: VirtualDisk, writes: readonly Extent[]) =>
  Promise.all(writes.map(({ offset, length }) => disk.read(offset, length))).then((parts) =>
    createHash('sha256').update(Buffer.concat(parts)).update(JSON.stringify(writes)).digest('hex'),
  );

describe.each(names)('%s', (name) => {
  it('stays inside its partition and off its first blocks, and reports what it wrote', async () => {
    const { disk, writes } = await tracked();
    const result = await runWorkload(disk, name, { seed: 1, area });
    expect(result.writes).toBe(writes.length);
    expect(result.bytesWritten).toBe(writes.reduce((sum, { length }) => sum + length, 0));
    expect(result.bytesWritten).toBeGreaterThanOrEqual(workloads[name].usualBytes);
    for (const { offset, length } of writes) {
      expect(offset).toBeGreaterThanOrEqual(area.offset + 65536);
      expect(offset + length).toBeLessThanOrEqual(area.offset + area.length);
    }
  });

  it('does the same again with the same seed, and something else with another', async () => {
    const digests = await Promise.all(
      [7, 7, 8].map(async (seed) => {
        const { disk, writes } = await tracked();
        await runWorkload(disk, name, { seed, amountBytes: MIB, area });
        return digest(disk, writes);
      }),
    );
    expect(digests[0]).toBe(digests[1]);
    expect(digests[0]).not.toBe(digests[2]);
  });

  it('works on a disk of one MiB and leaves an amount of nothing alone', async () => {
    const disk = await VirtualDisk.create({ sizeBytes: MIB + 512 });
    const { bytesWritten } = await runWorkload(disk, name, { seed: 1, amountBytes: 65536 });
    if (name !== 'zeroing' && name !== 'defragmentation') expect(bytesWritten).toBeGreaterThanOrEqual(65536);
    expect(await runWorkload(disk, name, { seed: 1, amountBytes: 0 })).toEqual({
      bytesWritten: 0,
      writes: 0,
    });
  });
});

describe('pictures', () => {
  const extentsAfter = async (name: WorkloadName) => {
    const { disk, changed } = await tracked();
    const { bytesWritten } = await runWorkload(disk, name, { seed: 3, area });
    return { extents: [...changed.extents()], amplification: changed.changedBytes() / bytesWritten };
  };

  it('a growing log is a few long runs, random writes are many short ones', async () => {
    const log = await extentsAfter('log-append');
    expect(log.extents.length).toBeLessThan(5);
    expect(log.amplification).toBeLessThan(1.2);
    const random = await extentsAfter('random-writes');
    expect(random.extents.length).toBeGreaterThan(300);
    expect(random.amplification).toBeGreaterThan(10);
  });

  it('a log goes on where it stopped', async () => {
    const { disk, changed } = await tracked();
    await runWorkload(disk, 'log-append', { seed: 1, area });
    const before = changed.changedBytes();
    await runWorkload(disk, 'log-append', { seed: 2, area });
    expect(changed.changedBytes()).toBeGreaterThan(before * 1.8);
    expect([...changed.extents()].length).toBeLessThan(5);
  });

  it('deleted files read as zeros afterwards, and defragmentation copies what was there', async () => {
    const { disk, writes } = await tracked();
    await runWorkload(disk, 'zeroing', { seed: 1, area, amountBytes: 2 * MIB });
    for (const { offset, length } of writes) {
      expect((await disk.read(offset, length)).equals(Buffer.alloc(length))).toBe(true);
    }
    const other = await tracked();
    await runWorkload(other.disk, 'defragmentation', { seed: 1, area, amountBytes: 2 * MIB });
    const { offset } = other.writes[0];
    expect((await other.disk.read(offset, 64)).toString()).toMatch(/file \d{9}file/);
  });
});

describe('guestActivity', () => {
  const areas = [{ name: 'mysql', kind: 'xfs' as const, ...area }];

  it('works on the disks that are there, as intensely as asked', async () => {
    const { disk } = await tracked();
    const disks = new Map([['db-data', { disk, areas }]]);
    const usual = await guestActivity('db-01', disks, { seed: 1 });
    expect(usual).toBeGreaterThanOrEqual(workloads.database.usualBytes);
    expect(await guestActivity('db-01', disks, { seed: 2, intensity: 0.1 })).toBeLessThan(usual / 5);
    expect(await guestActivity('db-01', disks, { seed: 2, intensity: 0 })).toBe(0);
  });

  it.each(Object.keys(habits))('keeps %s inside the partitions of its demo disks', async (machine) => {
    const folder = join(import.meta.dirname, '../../../../resources/demo-disks');
    const catalogue = await readDemoDisks(folder);
    const keys = new Set(habits[machine].map(({ disk }) => disk));
    const disks = new Map<string, GuestDisk>();
    const outside: Extent[] = [];
    for (const key of keys) {
      const entry = catalogue.get(key)!;
      const disk = await openDemoDisk(folder, entry);
      disk.onWrite((offset, length) => {
        const inside = entry.areas.some(
          (part) => offset >= part.offset + 4096 && offset + length <= part.offset + part.length,
        );
        if (!inside) outside.push({ offset, length });
      });
      disks.set(key, { disk, areas: entry.areas });
    }
    expect(await guestActivity(machine, disks, { seed: 5 })).toBeGreaterThan(65536);
    expect(outside).toEqual([]);
    for (const { disk } of disks.values()) await disk.destroyData();
  });

  it('lets a machine without habits idle', async () => {
    const { disk, writes } = await tracked();
    await guestActivity('new-machine', new Map([['disk', { disk, areas: [] }]]), { seed: 1 });
    expect(writes.length).toBeGreaterThan(0);
  });
});
