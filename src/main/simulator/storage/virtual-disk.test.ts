import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VirtualDisk } from './virtual-disk';

const KIB = 1024;
const filled = (length: number, byte: number) => Buffer.alloc(length, byte);

describe('VirtualDisk', () => {
  it('reads zeros where nothing was written and the written bytes elsewhere, across pages', async () => {
    const disk = await VirtualDisk.create({ sizeBytes: 1024 * KIB });
    disk.write(64 * KIB - 512, filled(1024, 7));
    const read = await disk.read(64 * KIB - 1024, 2048);
    expect(read).toEqual(Buffer.concat([filled(512, 0), filled(1024, 7), filled(512, 0)]));
  });

  it('keeps a snapshot as it was while the disk goes on', async () => {
    const disk = await VirtualDisk.create({ sizeBytes: 256 * KIB });
    disk.write(0, filled(512, 1));
    const first = disk.snapshot();
    disk.write(0, filled(512, 2));
    disk.zero(64 * KIB, 64 * KIB);
    const second = disk.snapshot();
    disk.write(0, filled(512, 3));
    expect((await first.read(0, 1))[0]).toBe(1);
    expect((await second.read(0, 1))[0]).toBe(2);
    expect((await disk.read(0, 1))[0]).toBe(3);
    expect(second.differences(first)).toEqual([{ offset: 0, length: 128 * KIB }]);
    expect(() => first.write(0, filled(512, 9))).toThrow('snapshot cannot be written');
  });

  it('lets a clone and its origin go separate ways', async () => {
    const disk = await VirtualDisk.create({ sizeBytes: 64 * KIB });
    disk.write(0, filled(512, 1));
    const clone = disk.clone();
    clone.write(0, filled(512, 2));
    disk.write(512, filled(512, 3));
    expect((await disk.read(0, 1))[0]).toBe(1);
    expect((await clone.read(0, 1024)).equals(Buffer.concat([filled(512, 2), filled(512, 0)]))).toBe(true);
  });

  it('tells listeners about each write and zeroing, once, until they leave', async () => {
    const disk = await VirtualDisk.create({ sizeBytes: 256 * KIB });
    const seen: [number, number][] = [];
    const leave = disk.onWrite((offset, length) => seen.push([offset, length]));
    disk.write(512, filled(1024, 1));
    disk.zero(128 * KIB, 512);
    disk.write(0, Buffer.alloc(0));
    leave();
    disk.write(0, filled(512, 1));
    expect(seen).toEqual([
      [512, 1024],
      [128 * KIB, 512],
    ]);
  });

  it('grows with zeros, also inside the last page, and refuses to shrink', async () => {
    const disk = await VirtualDisk.create({ sizeBytes: 512 });
    disk.write(0, filled(512, 5));
    disk.resize(128 * KIB);
    expect(await disk.read(0, 1024)).toEqual(Buffer.concat([filled(512, 5), filled(512, 0)]));
    expect(() => disk.resize(512)).toThrow('shrink');
  });

  it('lists what is allocated, clamped to a size that is no multiple of a page', async () => {
    const disk = await VirtualDisk.create({ sizeBytes: 64 * KIB + 37 * 512 });
    disk.write(64 * KIB + 36 * 512, filled(512, 1));
    expect(disk.allocated()).toEqual([{ offset: 64 * KIB, length: 37 * 512 }]);
  });

  it('refuses ranges beyond the end and writes that are not whole sectors', async () => {
    const disk = await VirtualDisk.create({ sizeBytes: 64 * KIB });
    await expect(disk.read(64 * KIB - 1, 2)).rejects.toThrow(RangeError);
    expect(() => disk.write(64 * KIB, filled(512, 1))).toThrow(RangeError);
    expect(() => disk.write(1, filled(512, 1))).toThrow('sector');
    await expect(VirtualDisk.create({ sizeBytes: 1000 })).rejects.toThrow('multiple of 512');
  });

  it('has no data after it was destroyed, but the disk it was taken from has', async () => {
    const disk = await VirtualDisk.create({ sizeBytes: 64 * KIB });
    disk.write(0, filled(512, 1));
    const snapshot = disk.snapshot();
    await snapshot.destroyData();
    await expect(snapshot.read(0, 1)).rejects.toThrow('destroyed');
    expect(snapshot.sizeBytes).toBe(64 * KIB);
    expect((await disk.read(0, 1))[0]).toBe(1);
  });

  it('dumps its exact content as a sparse file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'virtual-disk-'));
    try {
      const disk = await VirtualDisk.create({ sizeBytes: 64 * 1024 * KIB + 512 });
      disk.write(32 * 1024 * KIB, filled(1024, 9));
      disk.write(64 * 1024 * KIB, filled(512, 8));
      const path = join(folder, 'disk.raw');
      await disk.dump(path);
      const content = await readFile(path);
      expect(content.equals(await disk.read(0, disk.sizeBytes))).toBe(true);
      expect((await stat(path)).blocks * 512).toBeLessThan(1024 * KIB);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
