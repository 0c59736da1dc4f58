import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeParent } from '../parent';
import { vhdChecksum } from './checksum';
import { createVhd } from './create';
import { openVhd } from './open';

const MIB = 1024 * 1024;
const FOOTER = 512;
const HEADER = { at: 512, bytes: 1024, checksum: 36 };
let folder: string;
let path: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'deltascope-vhd-'));
  const base = join(folder, 'base.vhd');
  await (await createVhd({ path: base, finalPath: base, sizeBytes: 9 * MIB })).finish();
  path = join(folder, 'inc.vhd');
  const parent = await describeParent(base);
  await (await createVhd({ path, finalPath: path, sizeBytes: 9 * MIB, parent })).finish();
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Changes the dynamic header and both footers, and makes their checksums right again. */
function change(header: (bytes: Buffer) => void, footer: (bytes: Buffer) => void = () => undefined): void {
  const file = readFileSync(path);
  const bytes = file.subarray(HEADER.at, HEADER.at + HEADER.bytes);
  header(bytes);
  bytes.writeUInt32BE(vhdChecksum(bytes, HEADER.checksum), HEADER.checksum);
  for (const one of [file.subarray(0, FOOTER), file.subarray(file.length - FOOTER)]) {
    footer(one);
    one.writeUInt32BE(vhdChecksum(one, 64), 64);
  }
  writeFileSync(path, file);
}

describe('what no VHD says of itself is refused before anything is read by it', () => {
  it.each<[string, string, () => void]>([
    [
      'a table too small for its disk',
      'its table has 1 entries for 5 blocks',
      () => change((bytes) => bytes.writeUInt32BE(1, 28)),
    ],
    [
      'blocks larger than any',
      'a block size of 2147483648 bytes is not possible',
      () => change((bytes) => bytes.writeUInt32BE(2 ** 31, 32)),
    ],
    [
      'more blocks than any',
      'blocks are more than any VHD has',
      () =>
        change(
          (bytes) => bytes.writeUInt32BE(2 ** 32 - 1, 28),
          (bytes) => bytes.writeBigUInt64BE(2n ** 50n, 48),
        ),
    ],
    [
      'a table beyond the end of the file',
      'is cut short',
      () => change((bytes) => bytes.writeBigUInt64BE(2n ** 40n, 16)),
    ],
  ])('%s', async (_, message, damage) => {
    damage();
    await expect(openVhd(path)).rejects.toThrow(message);
  });

  it('a name of its parent beyond the end of the file, or longer than any', async () => {
    for (const [at, value] of [
      [8, 2 ** 31],
      [8, 70_000],
      [20, 2 ** 31],
    ]) {
      const before = readFileSync(path);
      change((bytes) => bytes.writeUInt32BE(value, 576 + at));
      const image = await openVhd(path);
      const faults = await image.check();
      await image.close();
      expect(faults.map(({ message }) => message)).toContainEqual(
        expect.stringMatching(/parent locator .* lies outside the file/),
      );
      writeFileSync(path, before);
    }
  });
});
