import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BlockBuffer } from '../../src/main/engine/block-io/block-buffer';
import { vhdChecksum } from '../../src/main/engine/image/vhd/checksum';
import { encodeFooter } from '../../src/main/engine/image/vhd/footer';
import { encodeHeader } from '../../src/main/engine/image/vhd/header';
import { openVhd } from '../../src/main/engine/image/vhd/open';
import { data, makeRawFile } from '../fixtures/changes';
import { collect, pattern, readRange } from '../fixtures/image-source';
import { libvhdi } from '../fixtures/libvhdi';
import { qemuImg } from '../fixtures/qemu-img';
import { tempDir } from '../fixtures/temp-dir';

const KIB = 1024;
const MIB = 1024 * KIB;
const SIZE = 9 * MIB + 512;
const UUID = '00112233-4455-6677-8899-aabbccddeeff';

const dir = tempDir();
const at = (name: string): string => join(dir.path, name);
let content: Buffer;

beforeAll(() => {
  const raw = makeRawFile(at('disk.raw'), SIZE, [
    data(0, pattern(700 * KIB, 1)),
    data(5 * MIB + 512, pattern(512, 2)),
    data(SIZE - 70 * KIB, pattern(70 * KIB, 3)),
  ]);
  content = readFileSync(raw);
});
afterAll(() => dir.remove());

/** The image reads as the disk, whole and in odd pieces; `extra` bytes of zeros may follow. */
async function demandReads(path: string, sizeBytes = SIZE): Promise<void> {
  const image = await openVhd(path);
  const expected = Buffer.concat([content], sizeBytes);
  expect(image.sizeBytes).toBe(sizeBytes);
  expect(await image.check()).toEqual([]);
  expect((await readRange(image, 0, sizeBytes)).equals(expected)).toBe(true);
  for (const [offset, length] of [
    [1, 1],
    [700 * KIB - 3, 9],
    [2 * MIB - 5, MIB],
    [5 * MIB + 511, 3],
    [SIZE - 7, 7],
  ] as const) {
    expect((await readRange(image, offset, length)).equals(expected.subarray(offset, offset + length))).toBe(
      true,
    );
  }
  const listed = Buffer.alloc(sizeBytes);
  for (const { offset, length } of await collect(image.stored())) {
    expected.copy(listed, offset, offset, offset + length);
  }
  expect(listed.equals(expected)).toBe(true);
  await image.close();
}

/** Changes fields of both footers (or of the only one) and makes their checksums right. */
function editFooters(path: string, edit: (footer: Buffer) => void): void {
  const file = readFileSync(path);
  for (const start of [0, file.length - 512]) {
    const footer = file.subarray(start, start + 512);
    if (footer.toString('latin1', 0, 8) !== 'conectix') continue;
    edit(footer);
    footer.writeUInt32BE(vhdChecksum(footer, 64), 64);
  }
  writeFileSync(path, file);
}

describe('a VHD made by qemu-img', () => {
  it.each([
    ['dynamic', 'on'],
    ['dynamic', 'off'],
    ['fixed', 'on'],
    ['fixed', 'off'],
  ])('%s with force_size=%s reads as the disk', async (subformat, force) => {
    const path = at(`${subformat}-${force}.vhd`);
    const options = `subformat=${subformat},force_size=${force}`;
    await qemuImg('convert', '-f', 'raw', '-O', 'vpc', '-o', options, at('disk.raw'), path);
    const { images } = await libvhdi([path], []);
    await demandReads(path, images[0].sizeBytes);
    if (force === 'on') expect(images[0].sizeBytes).toBe(SIZE);
  });

  it.each(['vpc ', 'caml', 'tap\0', 'xo  ', 'd2v ', 'CTXS', 'wa\0\0'])(
    'reads at its exact size when %j says that it made it',
    async (creator) => {
      const path = at('creator.vhd');
      await qemuImg('convert', '-f', 'raw', '-O', 'vpc', '-o', 'force_size=on', at('disk.raw'), path);
      editFooters(path, (footer) => footer.write(creator, 28, 'latin1'));
      await demandReads(path);
    },
  );
});

/** A VHD as a pool's host sends it: table at 2048, blocks packed without gaps, every bit set, creator "caml". */
function makeHostExport(path: string, blocks: readonly number[], parentUuid?: string): void {
  const footer = encodeFooter({
    diskType: parentUuid === undefined ? 3 : 4,
    sizeBytes: SIZE,
    headerOffset: 512,
    timestamp: 0,
    uuid: UUID,
  });
  footer.write('caml', 28, 'latin1');
  footer.writeUInt32BE(vhdChecksum(footer, 64), 64);
  const header = encodeHeader({
    tableOffset: 2048,
    tableEntries: 5,
    blockBytes: 2 * MIB,
    parentUuid: parentUuid ?? '00000000-0000-0000-0000-000000000000',
    parentTimestamp: 0,
    parentName: parentUuid === undefined ? '' : `${parentUuid}.vhd`,
    // The host names a locator and sends zeros in its place.
    locators: parentUuid === undefined ? [] : [{ code: 'MacX', sectors: 1, length: 60, offset: 1536 }],
  });
  const table = Buffer.alloc(512, 0xff);
  const parts = [footer, header, Buffer.alloc(512), table];
  blocks.forEach((block, index) => {
    table.writeUInt32BE((2560 + index * (512 + 2 * MIB)) / 512, block * 4);
    const start = block * 2 * MIB;
    parts.push(Buffer.alloc(512, 0xff), Buffer.concat([content.subarray(start, start + 2 * MIB)], 2 * MIB));
  });
  writeFileSync(path, Buffer.concat([...parts, footer]));
}

describe('a VHD as a host exports it', () => {
  it('reads as the disk', async () => {
    makeHostExport(at('host.vhd'), [0, 2, 4]);
    await demandReads(at('host.vhd'));
  });

  it('names its parent by what little there is, and needs it for the rest', async () => {
    const parentUuid = 'ffeeddcc-bbaa-9988-7766-554433221100';
    makeHostExport(at('host.vhd'), [2], parentUuid);
    const image = await openVhd(at('host.vhd'));
    expect(image.parentLink).toMatchObject({ path: `${parentUuid}.vhd`, uuid: parentUuid, format: 'vhd' });
    expect((await readRange(image, 4 * MIB, 2 * MIB)).equals(content.subarray(4 * MIB, 6 * MIB))).toBe(true);
    await expect(image.read(new BlockBuffer(512), 0, 512)).rejects.toMatchObject({
      failure: { code: 'image-parent-needed' },
    });
    await image.close();
  });
});

describe('a damaged VHD', () => {
  const path = at('damaged.vhd');
  const damage = async (edit: (file: Buffer) => void): Promise<void> => {
    makeHostExport(path, [0, 2, 4]);
    const file = readFileSync(path);
    edit(file);
    writeFileSync(path, file);
  };
  const findings = async (): Promise<string[]> => {
    const image = await openVhd(path);
    expect((await readRange(image, 0, 1024)).equals(content.subarray(0, 1024))).toBe(true);
    const faults = await image.check();
    await image.close();
    return faults.map(({ fileOffset, message }) => `${fileOffset}: ${message}`);
  };

  it('is read by the copy of its footer when the one at the end is damaged, and says so', async () => {
    await damage((file) => file.writeUInt8(1, file.length - 512 + 100));
    expect(await findings()).toEqual([
      `${readFileSync(path).length - 512}: the checksum of the VHD footer is wrong; the copy at the start of the file is used`,
    ]);
  });

  it('is read by the footer at its end when the copy is damaged, and says so', async () => {
    await damage((file) => file.fill(0, 0, 8));
    expect(await findings()).toEqual(['0: there is no VHD footer at the start of the file']);
  });

  it('says so when its footers differ', async () => {
    await damage((file) => {
      file.writeUInt8(0xff, 70);
      const copy = file.subarray(0, 512);
      copy.writeUInt32BE(vhdChecksum(copy, 64), 64);
    });
    expect(await findings()).toEqual(['0: the footer and its copy at the start of the file differ']);
  });

  it('names two blocks in one place, and blocks over the metadata', async () => {
    await damage((file) => {
      file.copy(file, 2048 + 4, 2048, 2052);
      file.writeUInt32BE(2, 2048 + 12);
    });
    expect(await findings()).toEqual([
      `${2048 + 12}: block 3 lies over the header`,
      expect.stringMatching(/two blocks lie in the same place/),
      expect.stringMatching(/two blocks lie in the same place/),
    ]);
  });

  it('that is cut short is told apart from one that is damaged', async () => {
    makeHostExport(at('whole.vhd'), [0, 2, 4]);
    copyFileSync(at('whole.vhd'), path);
    truncateSync(path, 3 * MIB);
    const image = await openVhd(path);
    const faults = await image.check();
    expect(faults.map(({ message }) => message)).toEqual([
      'there is no VHD footer; the copy at the start of the file is used',
      expect.stringMatching(/^block 2 ends at byte \d+, beyond the file's end at 3145728$/),
      expect.stringMatching(/^block 4 ends at byte \d+, beyond the file's end at 3145728$/),
    ]);
    await expect(image.read(new BlockBuffer(MIB), 4 * MIB, MIB)).rejects.toMatchObject({
      failure: { code: 'image-truncated' },
    });
    await image.close();
    truncateSync(path, 2060);
    await expect(openVhd(path)).rejects.toMatchObject({ failure: { code: 'image-truncated' } });
  });

  it('without any good footer is refused', async () => {
    await damage((file) => {
      file.writeUInt8(1, 100);
      file.writeUInt8(1, file.length - 512 + 100);
    });
    await expect(openVhd(path)).rejects.toMatchObject({ failure: { code: 'image-corrupt' } });
  });
});
