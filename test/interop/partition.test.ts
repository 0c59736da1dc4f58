import { closeSync, openSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readDiskLayout } from '../../src/main/engine/partition/disk-layout';
import { type DiskLayout, diskLayoutSchema, type DiskRegion } from '../../src/shared/model/partition';
import { unwrap } from '../../src/shared/model/result';
import { fileSource } from '../fixtures/file-source';
import {
  lvmPhysicalVolume,
  partitionedDisk,
  putFile,
  putFileSystem,
  runTool,
  sparseFile,
} from '../fixtures/partitioned-disk';
import { tempDir } from '../fixtures/temp-dir';

const MIB = 1024 * 1024;
const UUID = '11111111-2222-3333-4444-555555555555';

let dir: ReturnType<typeof tempDir>;
const at = (name: string): string => join(dir.path, name);
beforeEach(() => (dir = tempDir()));
afterEach(() => dir.remove());

async function layoutOf(path: string): Promise<DiskLayout> {
  const source = await fileSource(path);
  const layout = unwrap(await readDiskLayout(source));
  await source.close();
  return diskLayoutSchema.parse(layout);
}

const ofKind = (layout: DiskLayout, kind: DiskRegion['kind']): DiskRegion[] =>
  layout.regions.filter((region) => region.kind === kind);

function overwrite(path: string, offset: number, bytes: Buffer): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, bytes, 0, bytes.length, offset);
  closeSync(fd);
}

describe('a GPT made by sfdisk', () => {
  const script = [
    'label: gpt',
    'start=1MiB, size=100MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name="EFI"',
    'start=101MiB, size=200MiB, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, name="root ü"',
    'start=400MiB, size=50MiB, type=0657FD6D-A4AB-43C4-84E5-0933C84B4F4F',
  ].join('\n');

  const disk = (): string => {
    const path = partitionedDisk(at('gpt.raw'), 500 * MIB, script);
    putFileSystem(path, MIB, 100 * MIB, ['mkfs.vfat', '-F', '32', '-n', 'ESP', '-i', 'CAFE1234']);
    putFileSystem(path, 101 * MIB, 200 * MIB, ['mkfs.ext4', '-q', '-F', '-L', 'rootfs', '-U', UUID]);
    putFileSystem(path, 400 * MIB, 50 * MIB, ['mkswap', '-L', 'swappy', '-U', UUID]);
    return path;
  };

  it('is read with its file systems', async () => {
    const layout = await layoutOf(disk());
    expect(layout.scheme).toBe('gpt');
    expect(layout.faults).toEqual([]);
    expect(ofKind(layout, 'partition')).toEqual([
      {
        offset: MIB,
        length: 100 * MIB,
        kind: 'partition',
        name: 'Partition 1',
        note: 'EFI system, named "EFI"',
        fileSystem: 'FAT32',
        label: 'ESP',
        uuid: 'CAFE-1234',
        usedBytes: expect.any(Number),
      },
      {
        offset: 101 * MIB,
        length: 200 * MIB,
        kind: 'partition',
        name: 'Partition 2',
        note: 'Linux, named "root ü"',
        fileSystem: 'ext4',
        label: 'rootfs',
        uuid: UUID,
        usedBytes: expect.any(Number),
      },
      {
        offset: 400 * MIB,
        length: 50 * MIB,
        kind: 'partition',
        name: 'Partition 3',
        note: 'Linux swap',
        fileSystem: 'swap',
        label: 'swappy',
        uuid: UUID,
      },
    ]);
    expect(ofKind(layout, 'free').map(({ offset, length }) => [offset, length])).toEqual([
      [34 * 512, MIB - 34 * 512],
      [301 * MIB, 99 * MIB],
      [450 * MIB, 50 * MIB - 33 * 512],
    ]);
    expect(ofKind(layout, 'table')).toEqual([
      { offset: 0, length: 512, kind: 'table', name: 'Protective MBR' },
      { offset: 512, length: 33 * 512, kind: 'table', name: 'GPT' },
      { offset: 500 * MIB - 33 * 512, length: 33 * 512, kind: 'table', name: 'GPT (backup)' },
    ]);
  });

  it('is read from its backup when the primary is damaged, and says so', async () => {
    const path = disk();
    overwrite(path, 512 + 40, Buffer.from([1, 2, 3]));
    const layout = await layoutOf(path);
    expect(ofKind(layout, 'partition')).toHaveLength(3);
    expect(layout.faults).toEqual([
      { offset: 512, message: 'The primary GPT header does not match its checksum.' },
    ]);
    overwrite(path, 512, Buffer.alloc(512));
    expect((await layoutOf(path)).faults).toEqual([
      { offset: 512, message: 'The primary GPT header is missing.' },
    ]);
  });

  it('is not trusted when both copies are damaged', async () => {
    const path = disk();
    overwrite(path, 1024, Buffer.alloc(16, 9));
    overwrite(path, 500 * MIB - 512 + 40, Buffer.alloc(16, 9));
    const layout = await layoutOf(path);
    expect(ofKind(layout, 'partition')).toEqual([]);
    expect(layout.faults.map(({ message }) => message)).toEqual([
      'The primary GPT header has entries that do not match their checksum.',
      'The backup GPT header does not match its checksum.',
    ]);
  });

  it('on a disk that has grown since still shows its partitions', async () => {
    const path = disk();
    truncateSync(path, 600 * MIB);
    const layout = await layoutOf(path);
    expect(ofKind(layout, 'partition')).toHaveLength(3);
    expect(layout.faults).toEqual([
      { offset: 500 * MIB - 512, message: expect.stringMatching(/the disk has grown/) },
    ]);
  });

  it('without its protective MBR is reported', async () => {
    const path = disk();
    overwrite(path, 0, Buffer.alloc(512));
    const layout = await layoutOf(path);
    expect(ofKind(layout, 'partition')).toHaveLength(3);
    expect(layout.faults).toEqual([{ offset: 0, message: 'The GPT has no protective MBR in front of it.' }]);
  });
});

describe('an MBR made by sfdisk', () => {
  const script = [
    'label: dos',
    'start=1MiB, size=64MiB, type=7, bootable',
    'start=65MiB, size=400MiB, type=5',
    'start=66MiB, size=100MiB, type=83',
    'start=170MiB, size=150MiB, type=83',
  ].join('\n');

  const disk = (): string => partitionedDisk(at('mbr.raw'), 500 * MIB, script);

  it('is read with its logical partitions', async () => {
    const path = disk();
    putFileSystem(path, MIB, 64 * MIB, [
      'mkntfs',
      '-q',
      '-F',
      '-L',
      'Windows',
      '-p',
      '2048',
      '-H',
      '255',
      '-S',
      '63',
      '-s',
      '512',
    ]);
    putFileSystem(path, 66 * MIB, 100 * MIB, ['mkfs.ext2', '-q', '-F']);
    putFileSystem(path, 170 * MIB, 150 * MIB, ['mkfs.btrfs', '-q', '-L', 'tree', '-U', UUID]);
    const layout = await layoutOf(path);
    expect(layout.scheme).toBe('mbr');
    expect(layout.faults).toEqual([]);
    expect(ofKind(layout, 'partition')).toEqual([
      expect.objectContaining({
        offset: MIB,
        name: 'Partition 1',
        fileSystem: 'NTFS',
        label: 'Windows',
        note: 'NTFS or exFAT',
      }),
      { offset: 65 * MIB, length: 400 * MIB, kind: 'partition', name: 'Partition 2', note: 'Extended' },
      expect.objectContaining({
        offset: 66 * MIB,
        length: 100 * MIB,
        name: 'Partition 5',
        fileSystem: 'ext2',
      }),
      expect.objectContaining({
        offset: 170 * MIB,
        length: 150 * MIB,
        name: 'Partition 6',
        fileSystem: 'btrfs',
        label: 'tree',
        uuid: UUID,
      }),
    ]);
    expect(ofKind(layout, 'table').map(({ offset }) => offset)).toEqual([0, 65 * MIB, expect.any(Number)]);
    expect(
      ofKind(layout, 'free').some(({ offset, length }) => offset === 320 * MIB && length === 145 * MIB),
    ).toBe(true);
  });

  it('with a chain that loops ends, and says so', async () => {
    const path = disk();
    const loop = Buffer.alloc(16);
    loop[4] = 5;
    loop.writeUInt32LE(0, 8);
    loop.writeUInt32LE(100, 12);
    overwrite(path, 65 * MIB + 462, loop);
    const layout = await layoutOf(path);
    expect(layout.faults).toEqual([
      { offset: 65 * MIB, message: 'The chain of logical partitions does not end.' },
    ]);
    expect(ofKind(layout, 'partition').map(({ name }) => name)).toEqual([
      'Partition 1',
      'Partition 2',
      'Partition 5',
    ]);
  });

  it('names partitions beyond the end, and overlaps', async () => {
    const path = partitionedDisk(
      at('mbr.raw'),
      500 * MIB,
      'label: dos\nstart=1MiB, size=100MiB\nstart=200MiB, size=300MiB',
    );
    const start = Buffer.alloc(4);
    start.writeUInt32LE((50 * MIB) / 512);
    overwrite(path, 462 + 8, start);
    expect((await layoutOf(path)).faults).toEqual([
      { offset: 50 * MIB, message: 'Partitions 1 and 2 overlap.' },
    ]);
    truncateSync(path, 150 * MIB);
    expect((await layoutOf(path)).faults).toEqual([
      { offset: 462, message: 'Partition 2 lies beyond the end of the disk.' },
    ]);
  });
});

describe('a file system on the whole disk', () => {
  async function only(
    sizeBytes: number,
    mkfs: readonly string[],
  ): Promise<{ region: DiskRegion; layout: DiskLayout }> {
    const path = sparseFile(at('disk.raw'), sizeBytes);
    const [command, ...args] = mkfs;
    runTool(command, [...args, path]);
    const layout = await layoutOf(path);
    expect(layout.scheme).toBe('none');
    const [region, ...more] = ofKind(layout, 'whole-disk');
    expect(more).toEqual([]);
    expect(region).toMatchObject({ offset: 0, length: sizeBytes, name: 'Whole disk' });
    return { region, layout };
  }

  it.each([
    ['ext2', ['mkfs.ext2', '-q', '-F', '-U', UUID, '-L', 'two']],
    ['ext3', ['mkfs.ext3', '-q', '-F', '-U', UUID, '-L', 'two']],
    ['ext4', ['mkfs.ext4', '-q', '-F', '-U', UUID, '-L', 'two']],
    ['btrfs', ['mkfs.btrfs', '-q', '-f', '-U', UUID, '-L', 'two']],
    ['swap', ['mkswap', '-U', UUID, '-L', 'two']],
    ['swap', ['mkswap', '-p', '65536', '-U', UUID, '-L', 'two']],
  ])('%s', async (fileSystem, mkfs) => {
    const { region, layout } = await only(256 * MIB, mkfs);
    expect(region).toMatchObject({ fileSystem, label: 'two', uuid: UUID });
    expect(layout.faults).toEqual([]);
  });

  it.each([
    ['FAT12', 4],
    ['FAT16', 64],
    ['FAT32', 600],
  ])('%s', async (fileSystem, megabytes) => {
    const { region, layout } = await only(megabytes * MIB, ['mkfs.vfat', '-n', 'FLOPPY', '-i', '0BADF00D']);
    expect(region).toMatchObject({ fileSystem, label: 'FLOPPY', uuid: '0BAD-F00D' });
    expect(ofKind(layout, 'detail')).toEqual([expect.objectContaining({ name: 'File allocation tables' })]);
  });

  it('XFS, with its log where xfs_db finds it', async () => {
    const { region, layout } = await only(512 * MIB, [
      'mkfs.xfs',
      '-q',
      '-f',
      '-L',
      'logs',
      '-m',
      `uuid=${UUID}`,
    ]);
    expect(region).toMatchObject({ fileSystem: 'XFS', label: 'logs', uuid: UUID });
    const printed = runTool('xfs_db', [
      '-r',
      '-c',
      'sb 0',
      '-c',
      'print logstart',
      '-c',
      'print logblocks',
      '-c',
      'convert fsblock 0 daddr',
      at('disk.raw'),
    ]);
    const logStart = Number(/logstart = (\d+)/.exec(printed)?.[1]);
    const sector = Number(
      /\((\d+)\)/.exec(
        runTool('xfs_db', ['-r', '-c', `convert fsblock ${logStart} daddr`, at('disk.raw')]),
      )?.[1],
    );
    const blocks = Number(/logblocks = (\d+)/.exec(printed)?.[1]);
    expect(ofKind(layout, 'detail')).toEqual([
      { offset: sector * 512, length: blocks * 4096, kind: 'detail', name: 'Log' },
    ]);
  });

  it('ext4, with its journal where debugfs finds it', async () => {
    const { region, layout } = await only(512 * MIB, ['mkfs.ext4', '-q', '-F']);
    const extents = runTool('debugfs', ['-R', 'ex <8>', at('disk.raw')]);
    const [, first, last] = /\d+ - +\d+ +(\d+) - +(\d+)/.exec(extents) ?? [];
    expect(ofKind(layout, 'detail')).toEqual([
      {
        offset: Number(first) * 4096,
        length: (Number(last) - Number(first) + 1) * 4096,
        kind: 'detail',
        name: 'Journal',
      },
    ]);
    const stats = runTool('dumpe2fs', ['-h', at('disk.raw')]);
    const count = (name: string): number => Number(new RegExp(`${name}: +(\\d+)`).exec(stats)?.[1]);
    expect(region.usedBytes).toBe((count('Block count') - count('Free blocks')) * 4096);
  });

  it('NTFS, with the places of $MFT and $LogFile as ntfsinfo tells them', async () => {
    const { layout } = await only(300 * MIB, [
      'mkntfs',
      '-q',
      '-F',
      '-f',
      '-L',
      'Daten ä',
      '-p',
      '0',
      '-H',
      '255',
      '-S',
      '63',
    ]);
    expect(ofKind(layout, 'whole-disk')[0]).toMatchObject({ fileSystem: 'NTFS', label: 'Daten ä' });
    const info = runTool('ntfsinfo', ['-m', '-f', at('disk.raw')]);
    const mft = Number(/LCN of Data Attribute for FILE_MFT: +(\d+)/.exec(info)?.[1]);
    const parts = ofKind(layout, 'detail');
    expect(parts.map(({ name }) => name).sort()).toEqual(['Journal ($LogFile)', 'Master file table ($MFT)']);
    expect(parts.find(({ name }) => name.startsWith('Master'))?.offset).toBe(mft * 4096);
    expect(layout.faults).toEqual([]);
  });

  it('with a damaged superblock is named but not trusted', async () => {
    for (const [mkfs, offset, name] of [
      [['mkfs.ext4', '-q', '-F'], 1024 + 200, 'ext4'],
      [['mkfs.xfs', '-q', '-f'], 300, 'XFS'],
      [['mkfs.btrfs', '-q', '-f'], 65536 + 1000, 'btrfs'],
    ] as const) {
      await only(512 * MIB, mkfs);
      overwrite(at('disk.raw'), offset, Buffer.from([0xaa, 0x55]));
      const layout = await layoutOf(at('disk.raw'));
      expect(ofKind(layout, 'whole-disk')).toEqual([
        { offset: 0, length: 512 * MIB, kind: 'whole-disk', name: 'Whole disk', fileSystem: name },
      ]);
      expect(layout.faults).toEqual([
        expect.objectContaining({ message: expect.stringMatching(/does not match its checksum/) }),
      ]);
    }
  });

  it('of a size that is no multiple of a block, or tiny, or without anything', async () => {
    for (const size of [0, 512, 1536, 5 * MIB + 512]) {
      const layout = await layoutOf(sparseFile(at('empty.raw'), size));
      expect(layout).toEqual({
        scheme: 'none',
        regions: size === 0 ? [] : [{ offset: 0, length: size, kind: 'whole-disk', name: 'Whole disk' }],
        faults: [],
      });
    }
  });
});

describe('LVM', () => {
  it('shows volumes where they lie, with what they hold', async () => {
    const path = partitionedDisk(
      at('lvm.raw'),
      80 * MIB,
      'label: gpt\nstart=2MiB, size=64MiB, type=E6D6D379-F507-44C2-A23C-238F2A3DF928',
    );
    writeFileSync(at('pv'), lvmPhysicalVolume());
    putFile(path, 2 * MIB, at('pv'));
    const pv = 3 * MIB;
    putFileSystem(path, pv + 8 * MIB, 4 * MIB, ['mkswap', '-U', UUID]);
    // The root volume's first piece has 8 MiB, the second 12 MiB: the file system's journal may lie in both.
    const rootFile = sparseFile(at('root'), 20 * MIB);
    runTool('mkfs.ext4', ['-q', '-F', '-L', 'lvroot', '-J', 'size=4', rootFile]);
    runTool('split', ['-b', '4M', rootFile, at('piece-')]);
    putFile(path, pv, at('piece-aa'));
    putFile(path, pv + 4 * MIB, at('piece-ab'));
    for (const [index, part] of ['ac', 'ad', 'ae'].entries())
      putFile(path, pv + (20 + 4 * index) * MIB, at(`piece-${part}`));

    const layout = await layoutOf(path);
    expect(layout.faults).toEqual([]);
    expect(ofKind(layout, 'partition')).toEqual([
      {
        offset: 2 * MIB,
        length: 64 * MIB,
        kind: 'partition',
        name: 'Partition 1',
        note: 'Linux LVM, volume group "vg0"',
        fileSystem: 'LVM2 physical volume',
        uuid: '9G0JZn-kBYZ-i9cG-ygcZ-hAK9-rpUd-YG6M83',
      },
    ]);
    expect(ofKind(layout, 'volume')).toEqual([
      expect.objectContaining({
        offset: pv,
        length: 8 * MIB,
        name: 'vg0/root',
        fileSystem: 'ext4',
        label: 'lvroot',
      }),
      expect.objectContaining({
        offset: pv + 8 * MIB,
        length: 4 * MIB,
        name: 'vg0/swap',
        fileSystem: 'swap',
        uuid: UUID,
      }),
      expect.objectContaining({
        offset: pv + 20 * MIB,
        length: 12 * MIB,
        name: 'vg0/root',
        fileSystem: 'ext4',
      }),
    ]);
    expect(
      ofKind(layout, 'free')
        .filter(({ name }) => name === 'Free in vg0')
        .map(({ offset, length }) => [offset - pv, length]),
    ).toEqual([
      [12 * MIB, 8 * MIB],
      [32 * MIB, 28 * MIB],
    ]);
  });

  it('says when its label or its metadata is damaged', async () => {
    const volume = lvmPhysicalVolume();
    for (const [place, message] of [
      [512 + 40, /label does not match/],
      [4096 + 41, /metadata header does not match/],
    ] as const) {
      const broken = Buffer.from(volume);
      broken[place] ^= 1;
      writeFileSync(at('pv'), broken);
      truncateSync(at('pv'), 64 * MIB);
      const layout = await layoutOf(at('pv'));
      expect(layout.faults).toEqual([expect.objectContaining({ message: expect.stringMatching(message) })]);
      expect(ofKind(layout, 'volume')).toEqual([]);
      expect(ofKind(layout, 'whole-disk')[0]?.fileSystem).toBe('LVM2 physical volume');
    }
    const text = volume.indexOf('extent_size = 8192');
    volume.write('extent_size = 8193', text);
    writeFileSync(at('pv'), volume);
    truncateSync(at('pv'), 64 * MIB);
    expect((await layoutOf(at('pv'))).faults).toEqual([
      expect.objectContaining({ message: expect.stringMatching(/metadata does not match/) }),
    ]);
  });
});
