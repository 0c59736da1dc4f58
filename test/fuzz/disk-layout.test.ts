import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { memorySource } from '../fixtures/file-source';
import { diskLayoutSchema, type DiskLayout } from '../../src/shared/model/partition';
import { FailureError } from '../../src/shared/model/failure';
import { unwrap } from '../../src/shared/model/result';
import { readDiskLayout } from '../../src/main/engine/partition/disk-layout';

const MIB = 1024 * 1024;

async function layoutOf(disk: Buffer): Promise<DiskLayout> {
  return diskLayoutSchema.parse(unwrap(await readDiskLayout(memorySource(disk))));
}

function exfat(): Buffer {
  const disk = Buffer.alloc(2 * MIB);
  disk.write('EXFAT   ', 3, 'latin1');
  disk.writeBigUInt64LE(BigInt((2 * MIB) / 512), 72);
  disk.writeUInt32LE(128, 80);
  disk.writeUInt32LE(8, 84);
  disk.writeUInt32LE(256, 88);
  disk.writeUInt32LE(400, 92);
  disk.writeUInt32LE(5, 96);
  disk.writeUInt32LE(0x12345678, 100);
  disk.writeUInt8(9, 108);
  disk.writeUInt8(3, 109);
  disk.writeUInt8(1, 110);
  disk.writeUInt8(25, 112);
  disk.writeUInt16LE(0xaa55, 510);
  const root = 256 * 512 + 3 * 4096;
  disk.writeUInt8(0x81, root);
  disk.writeUInt8(0x83, root + 32);
  disk.writeUInt8(5, root + 33);
  disk.write('Stick', root + 34, 'utf16le');
  return disk;
}

describe('readDiskLayout', () => {
  it('reads exFAT by its specification', async () => {
    expect((await layoutOf(exfat())).regions).toEqual([
      {
        offset: 0,
        length: 2 * MIB,
        kind: 'whole-disk',
        name: 'Whole disk',
        fileSystem: 'exFAT',
        label: 'Stick',
        uuid: '1234-5678',
        usedBytes: 100 * 4096,
      },
      { offset: 65536, length: 4096, kind: 'detail', name: 'File allocation tables' },
    ]);
  });

  it('takes a boot sector of a file system for what it is, made-up partition table or not', async () => {
    const disk = exfat();
    disk.writeUInt8(7, 446 + 4);
    disk.writeUInt32LE(1, 446 + 8);
    disk.writeUInt32LE(100, 446 + 12);
    expect((await layoutOf(disk)).scheme).toBe('none');
  });

  it('recognises encryption', async () => {
    const disk = Buffer.alloc(MIB);
    disk.write('LUKS\u00ba\u00be', 0, 'latin1');
    disk.writeUInt16BE(2, 6);
    disk.write('secret\u202e', 24);
    disk.write('11111111-2222-3333-4444-555555555555', 168);
    expect((await layoutOf(disk)).regions).toEqual([
      expect.objectContaining({
        fileSystem: 'LUKS2',
        label: 'secret',
        uuid: '11111111-2222-3333-4444-555555555555',
        note: 'encrypted',
      }),
    ]);
  });

  it('says when the GPT that the MBR announces is not there', async () => {
    const disk = Buffer.alloc(MIB);
    disk.writeUInt8(0xee, 446 + 4);
    disk.writeUInt32LE(1, 446 + 8);
    disk.writeUInt32LE(0xffffffff, 446 + 12);
    disk.writeUInt16LE(0xaa55, 510);
    const layout = await layoutOf(disk);
    expect(layout.scheme).toBe('gpt');
    expect(layout.faults).toEqual([{ offset: 512, message: 'The MBR announces a GPT, but there is none.' }]);
  });

  it.each([
    [1024, 'has entries that do not match their checksum'],
    [1025, 'claims 1025 entries of 128 bytes'],
    [0xffff_ffff, 'claims 4294967295 entries of 128 bytes'],
  ])('reads no more entries of a GPT than any has: %i', async (count, fault) => {
    const disk = Buffer.alloc(MIB);
    disk.writeUInt8(0xee, 446 + 4);
    disk.writeUInt32LE(1, 446 + 8);
    disk.writeUInt32LE(2047, 446 + 12);
    disk.writeUInt16LE(0xaa55, 510);
    disk.write('EFI PART', 512, 'latin1');
    disk.writeUInt32LE(92, 512 + 12);
    disk.writeBigUInt64LE(1n, 512 + 24);
    disk.writeBigUInt64LE(2047n, 512 + 32);
    disk.writeBigUInt64LE(2n, 512 + 72);
    disk.writeUInt32LE(count, 512 + 80);
    disk.writeUInt32LE(128, 512 + 84);
    disk.writeUInt32LE(1, 512 + 88);
    disk.writeUInt32LE(crc32(disk.subarray(512, 512 + 92)), 512 + 16);
    const { faults } = await layoutOf(disk);
    expect(faults[0]).toEqual({ offset: 512, message: `The primary GPT header ${fault}.` });
  });

  it('hands on that a disk cannot be read', async () => {
    const failure = { code: 'gone', message: 'Gone.', nextStep: 'None.' };
    const source = {
      ...memorySource(Buffer.alloc(MIB)),
      read: () => Promise.reject(new FailureError(failure)),
    };
    expect(await readDiskLayout(source)).toEqual({ ok: false, failure });
  });
});
