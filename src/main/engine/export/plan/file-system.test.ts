import { describe, expect, it } from 'vitest';
import { fileSystemAt, kindIn } from './file-system';

describe('the file system of a target', () => {
  it.runIf(process.platform === 'linux')('is known by its number on Linux', async () => {
    expect(await fileSystemAt('/', 0x4d44)).toEqual({ maxFileBytes: 4 * 1024 ** 3 - 1, keepsHoles: false });
    expect(await fileSystemAt('/', 0x2011bab0)).toEqual({ keepsHoles: false });
    expect(await fileSystemAt('/', 0xef53)).toEqual({});
  });

  it.each([
    ['Volume Name : STICK\r\nFile System Name : FAT32\r\nIs ReadWrite\r\n', 'fat'],
    ['Volumename: STICK\r\nDateisystemname: exFAT\r\n', 'exfat'],
    ['Volume Name : FAT STORE\r\nFile System Name : NTFS\r\n', undefined],
    ['/dev/disk4s1 on /Volumes/STICK (msdos, local, nodev, nosuid, noowners)', 'fat'],
    ['/dev/disk4s1 on /Volumes/STICK (exfat, local, nodev, nosuid, noowners)', 'exfat'],
    ['/dev/disk1s5 on / (apfs, local, read-only, journaled)', undefined],
  ])('is found in what the system’s programs say: %j', (text, kind) => {
    expect(kindIn(text)).toBe(kind);
  });
});
