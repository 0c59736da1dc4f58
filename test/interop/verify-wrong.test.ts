import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { vhdChecksum } from '../../src/main/engine/image/vhd/checksum';
import { openRaw } from '../../src/main/engine/image/raw/reader';
import { chainOf, type ChainLink } from '../../src/main/engine/library/chain';
import { verifyExport } from '../../src/main/engine/library/verify/verify';
import { nbdFailures } from '../../src/main/engine/nbd/failures';
import type { BlockSource } from '../../src/main/engine/block-io/types';
import { FailureError } from '../../src/shared/model/failure';
import type { VerifyReport } from '../../src/shared/model/library';
import type { SourceBlocks } from '../../src/shared/model/library-operation';
import { unwrap } from '../../src/shared/model/result';
import { exportChain } from '../fixtures/exported-chain';
import { pattern } from '../fixtures/image-source';
import { tempDir } from '../fixtures/temp-dir';

/** Exports of which each block that counts matches its checksum, and which are wrong all the same. */
const MIB = 1024 * 1024;
const KIB64 = 65_536;
const SIZE = 8 * MIB;
const FORMATS = ['vhd', 'qcow2', 'raw'] as const;
const dir = tempDir();
afterAll(() => dir.remove());

/** Data at the start and at 5 MiB; then one sector differs. */
const full = Buffer.alloc(SIZE);
pattern(MIB, 1).copy(full, 0);
pattern(KIB64, 2).copy(full, 5 * MIB);
const next = Buffer.from(full).fill(0x5a, 5 * MIB + 512, 5 * MIB + 1024);

describe.each(FORMATS)('a chain of %s', (format) => {
  const original = join(dir.path, format);
  const folder = join(dir.path, `${format}-wrong`);
  let increment: string;
  let links: ChainLink[];

  beforeAll(async () => {
    mkdirSync(original);
    increment = (await exportChain(original, format, [full, next]))[1].manifestPath.replace(original, folder);
  });
  beforeEach(async () => {
    cpSync(original, folder, { recursive: true });
    links = unwrap(await chainOf(increment));
  });
  afterEach(async () => {
    // Whatever was found was said with what to do about it.
    for (const { nextStep } of (await verify()).faults) expect(nextStep).toMatch(/^[A-Z].+\.$/);
  });

  const verify = async (): Promise<VerifyReport> => unwrap(await verifyExport(increment, { chain: true }));
  /** Changes the image of the increment (0) or of the full (1). */
  function change(at: 0 | 1, how: (bytes: Buffer) => void): string {
    const { imagePath } = links[at];
    const bytes = readFileSync(imagePath);
    how(bytes);
    writeFileSync(imagePath, bytes);
    return imagePath;
  }
  async function against(state: Buffer, blocks: SourceBlocks): Promise<VerifyReport> {
    const path = join(folder, 'source.bin');
    writeFileSync(path, state);
    const source = await openRaw(path);
    const report = await verifyExport(increment, { chain: true, againstSource: { source, blocks } });
    await source.close();
    return unwrap(report);
  }

  it.each(['all', 'samples'] as const)('that is whole, but not its source (%s)', async (blocks) => {
    expect(await against(next, blocks)).toMatchObject({ sound: true, sourceBytes: SIZE });
    const other = Buffer.from(next);
    other[5 * MIB + 3 * KIB64 + 77] ^= 1;
    other[0] ^= 1;
    const { faults, ...report } = await against(other, blocks);
    expect(report).toMatchObject({ sound: false, comparedWithSource: true, sourceBytes: SIZE });
    expect(faults).toMatchObject([
      { file: links[0].imagePath, offset: 0, on: 'disk' },
      { file: links[0].imagePath, offset: 5 * MIB + 3 * KIB64, on: 'disk' },
    ]);
    for (const { message, nextStep } of faults) {
      expect(message).toContain('differs from the source');
      expect(nextStep).not.toBe('');
    }
  });

  it('(not at all) but whose source breaks off', async () => {
    const path = join(folder, 'source.bin');
    const other = Buffer.from(next);
    other[0] ^= 1;
    for (const [state, wrong] of [
      [next, []],
      [other, [{ file: links[0].imagePath, offset: 0, on: 'disk' }]],
    ] as const) {
      writeFileSync(path, state);
      const file = await openRaw(path);
      let isFirst = true;
      const source: BlockSource = {
        sizeBytes: SIZE,
        read: async (into, offset, length) => {
          if (!isFirst) throw new FailureError(nbdFailures.closedMidRead('gone'));
          isFirst = false;
          await file.read(into, offset, length);
        },
        close: () => file.close(),
      };
      const againstSource = { source, blocks: 'all' } as const;
      const report = unwrap(await verifyExport(increment, { chain: true, againstSource }));
      await source.close();
      expect(report).toMatchObject({
        comparedWithSource: false,
        sourceBytes: MIB,
        sound: wrong.length === 0,
      });
      expect(report.faults).toMatchObject(wrong);
      expect(report.notCompared).toMatchObject({
        code: 'source-not-read',
        message: expect.stringContaining('The export matches its own checksums, but its source'),
        nextStep: expect.stringContaining('Then compare again'),
        details: 'nbd-closed-mid-read: gone',
      });
    }
  });

  it('that is compared with another disk', async () => {
    const { faults } = await against(Buffer.concat([next, Buffer.alloc(MIB)]), 'all');
    expect(faults).toMatchObject([
      { file: links[0].imagePath, message: expect.stringContaining(`its source ${9 * MIB}`) },
    ]);
  });

  it('whose full holds data where there was none', async () => {
    if (format !== 'raw') return;
    const offset = 2 * MIB;
    const file = change(1, (bytes) => void (bytes[offset + 5] = 1));
    const message = expect.stringContaining('although it was empty when exported');
    expect((await verify()).faults).toContainEqual(
      expect.objectContaining({ file, offset, on: 'disk', message }),
    );
  });

  it('that lost a block of which it has the checksum', async () => {
    if (format === 'raw') return;
    const file = change(1, (bytes) => {
      if (format === 'vhd') bytes.writeUInt32BE(0xffff_ffff, Number(bytes.readBigUInt64BE(512 + 16)));
      else {
        const l2 = Number(bytes.readBigUInt64BE(Number(bytes.readBigUInt64BE(40))) & 0x00ff_ffff_ffff_fe00n);
        bytes.writeBigUInt64BE(0n, l2);
      }
    });
    const message = expect.stringContaining('is missing from the image');
    expect((await verify()).faults).toContainEqual(
      expect.objectContaining({ file, offset: 0, on: 'disk', message }),
    );
  });

  it('whose structure is wrong, though every block is right', async () => {
    if (format === 'raw') return;
    const file = change(1, (bytes) => {
      // The copy of the footer at the start; the refcount of the first cluster.
      if (format === 'vhd') bytes[30] ^= 1;
      else bytes.writeUInt16BE(2, Number(bytes.readBigUInt64BE(Number(bytes.readBigUInt64BE(48)))));
    });
    const { sound, faults } = await verify();
    expect(sound).toBe(false);
    expect(faults).toMatchObject([{ file, offset: 0, on: 'file' }]);
  });
});

it('an increment that stores what was not exported', async () => {
  const folder = join(dir.path, 'stray');
  mkdirSync(folder);
  const [, { manifestPath }] = await exportChain(folder, 'vhd', [full, next]);
  const [{ imagePath: file }] = unwrap(await chainOf(manifestPath));
  const bytes = readFileSync(file);
  // Its block of 2 MiB from 4 MiB on: the sectors of the 64 KiB at 4 MiB become present.
  const table = Number(bytes.readBigUInt64BE(512 + 16));
  bytes.fill(0xff, bytes.readUInt32BE(table + 8) * 512, bytes.readUInt32BE(table + 8) * 512 + 16);
  writeFileSync(file, bytes);
  const { faults } = unwrap(await verifyExport(manifestPath, { chain: false }));
  const message = expect.stringContaining('although it was not part of the export');
  expect(faults).toMatchObject([{ file, offset: 4 * MIB, on: 'disk', message }]);
});

it('an image that names another parent than its manifest, though it holds the same', async () => {
  const folder = join(dir.path, 'renamed');
  mkdirSync(folder);
  const written = await exportChain(folder, 'qcow2', [full, next]);
  const [{ imagePath }, { imagePath: base }] = unwrap(await chainOf(written[1].manifestPath));
  const name = written[0].manifest.image.file;
  const other = `3${name.slice(1)}`;
  copyFileSync(base, join(folder, other));
  const bytes = readFileSync(imagePath);
  bytes.write(other, bytes.indexOf(name), 'latin1');
  writeFileSync(imagePath, bytes);
  const { faults } = unwrap(await verifyExport(written[1].manifestPath, { chain: true }));
  expect(faults).toMatchObject([
    {
      file: imagePath,
      message: expect.stringMatching(`${other} as its parent; its manifest names .*${name}`),
    },
  ]);
});

it('a chain is named by what breaks it: a base larger than its increment, and one whose image is missing', async () => {
  const folder = join(dir.path, 'broken');
  mkdirSync(folder);
  const [, { manifestPath, manifest }] = await exportChain(folder, 'raw', [full, next]);
  const links = unwrap(await chainOf(manifestPath));
  writeFileSync(manifestPath, JSON.stringify({ ...manifest, sizeBytes: SIZE - KIB64 }));
  const larger = await chainOf(manifestPath);
  expect(larger).toMatchObject({ ok: false, failure: { code: 'parent-larger' } });
  writeFileSync(manifestPath, JSON.stringify(manifest));
  for (const [path, code] of [
    [links[1].checksumsPath, 'checksums-missing'],
    [links[1].imagePath, 'image-missing'],
  ]) {
    rmSync(path);
    expect(await chainOf(manifestPath)).toMatchObject({
      ok: false,
      failure: { code, message: expect.stringContaining(path) },
    });
  }
});

describe('an image that says something else of itself than its manifest', () => {
  async function said(
    format: 'vhd' | 'qcow2',
    how: (bytes: Buffer) => void,
  ): Promise<VerifyReport['faults']> {
    const folder = join(dir.path, `says-${format}`);
    mkdirSync(folder);
    const [{ manifestPath }] = await exportChain(folder, format, [full]);
    const [{ imagePath }] = unwrap(await chainOf(manifestPath));
    const bytes = readFileSync(imagePath);
    how(bytes);
    writeFileSync(imagePath, bytes);
    return unwrap(await verifyExport(manifestPath, { chain: false })).faults;
  }

  it('another size of its disk', async () => {
    const faults = await said('qcow2', (bytes) => void bytes.writeBigUInt64BE(BigInt(SIZE + KIB64), 24));
    expect(faults).toMatchObject([{ message: expect.stringContaining(`a disk of ${SIZE + KIB64} bytes`) }]);
  });

  it('another uuid', async () => {
    const faults = await said('vhd', (bytes) => {
      for (const footer of [bytes.subarray(0, 512), bytes.subarray(bytes.length - 512)]) {
        footer[68] ^= 1;
        footer.writeUInt32BE(vhdChecksum(footer, 64), 64);
      }
    });
    expect(faults).toMatchObject([{ message: expect.stringContaining('its uuid is') }]);
  });
});

it('an increment on a raw one, which holds the whole disk and names nothing, is sound', async () => {
  const mixed = join(dir.path, 'mixed');
  mkdirSync(mixed);
  const states = [full, next, Buffer.from(next).fill(7, 0, 512), Buffer.from(full).fill(9, 0, 512)];
  const written = await exportChain(mixed, ['raw', 'raw', 'qcow2', 'qcow2'], states);
  for (const { manifestPath } of written.slice(1))
    expect(unwrap(await verifyExport(manifestPath, { chain: true }))).toMatchObject({
      sound: true,
      faults: [],
    });
});
