import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
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

  describe('over a base image', () => {
    const inFolder = async (test: (folder: string) => Promise<void>): Promise<void> => {
      const folder = await mkdtemp(join(tmpdir(), 'virtual-disk-'));
      await test(folder).finally(() => rm(folder, { recursive: true }));
    };
    const makeImage = async (folder: string, content: Buffer): Promise<string> => {
      await writeFile(join(folder, 'base.raw'), content);
      const image = join(folder, 'base.qcow2');
      execFileSync('qemu-img', [
        'convert',
        '-c',
        '-f',
        'raw',
        '-O',
        'qcow2',
        join(folder, 'base.raw'),
        image,
      ]);
      return image;
    };

    it('lets the image show through where nothing was written, sector by sector', () =>
      inFolder(async (folder) => {
        const content = Buffer.alloc(300 * KIB);
        content.fill('base', 64 * KIB, 200 * KIB);
        const disk = await VirtualDisk.create({
          sizeBytes: 512 * KIB,
          image: await makeImage(folder, content),
        });
        expect(
          (await disk.read(0, 512 * KIB)).equals(Buffer.concat([content, Buffer.alloc(212 * KIB)])),
        ).toBe(true);
        expect(disk.allocated()).toEqual([{ offset: 64 * KIB, length: 192 * KIB }]);
        expect([
          disk.isBlank(0, 64 * KIB),
          disk.isBlank(0, 64 * KIB + 1),
          disk.isBlank(255 * KIB, 1),
        ]).toEqual([true, false, false]);
        const before = disk.snapshot();
        disk.write(100 * KIB, filled(1024, 1));
        disk.zero(128 * KIB, 64 * KIB);
        disk.zero(64 * KIB, 512);
        const expected = Buffer.from(content);
        expected
          .fill(1, 100 * KIB, 101 * KIB)
          .fill(0, 128 * KIB, 192 * KIB)
          .fill(0, 64 * KIB, 64 * KIB + 512);
        const clone = disk.clone();
        for (const copy of [disk, clone, clone.snapshot()]) {
          expect((await copy.read(0, 300 * KIB)).equals(expected)).toBe(true);
          expect(await copy.read(99 * KIB + 100, 1500)).toEqual(
            expected.subarray(99 * KIB + 100).subarray(0, 1500),
          );
        }
        expect((await before.read(0, 300 * KIB)).equals(content)).toBe(true);
        expect(disk.differences(before)).toEqual([{ offset: 64 * KIB, length: 128 * KIB }]);
      }));

    it('keeps the image open as long as one disk needs it', () =>
      inFolder(async (folder) => {
        const disk = await VirtualDisk.create({
          sizeBytes: 64 * KIB,
          image: await makeImage(folder, filled(64 * KIB, 3)),
        });
        const snapshot = disk.snapshot();
        await disk.destroyData();
        expect((await snapshot.read(0, 1))[0]).toBe(3);
        await snapshot.destroyData();
      }));

    it('refuses an image that is larger than the disk, or none at all', () =>
      inFolder(async (folder) => {
        const image = await makeImage(folder, filled(128 * KIB, 3));
        await expect(VirtualDisk.create({ sizeBytes: 64 * KIB, image })).rejects.toThrow('does not fit');
        await expect(VirtualDisk.create({ sizeBytes: 64 * KIB, image: `${image}.no` })).rejects.toThrow();
      }));
  });
});
