import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import { flatten } from '../../src/main/engine/library/flatten';
import { scanLibrary } from '../../src/main/engine/library/scan';
import { verifyExport } from '../../src/main/engine/library/verify/verify';
import type { VerifyReport } from '../../src/shared/model/library';
import type { Manifest } from '../../src/shared/model/manifest';
import { unwrap } from '../../src/shared/model/result';
import { openRaw } from '../../src/main/engine/image/raw/reader';
import { exportChain } from '../fixtures/exported-chain';
import { pattern } from '../fixtures/image-source';
import { libvhdi } from '../fixtures/libvhdi';
import { hashRange } from '../fixtures/changes';
import { qemuImg } from '../fixtures/qemu-img';
import { tempDir } from '../fixtures/temp-dir';

const MIB = 1024 * 1024;
const KIB64 = 65_536;
const SIZE = 8 * MIB + 1536;
const QEMU = { raw: 'raw', qcow2: 'qcow2' } as const;

/** A full; then a block that becomes zero, one changed sector and the short end; then the disk grows. */
function states(): Buffer[] {
  const first = Buffer.alloc(SIZE);
  pattern(MIB, 1).copy(first, 0);
  pattern(KIB64, 2).copy(first, 5 * MIB);
  pattern(1536, 3).copy(first, SIZE - 1536);
  const second = Buffer.from(first);
  second.fill(0, 3 * KIB64, 4 * KIB64);
  second.fill(0x5a, 5 * MIB + 512, 5 * MIB + 1024);
  second.fill(0xa5, SIZE - 512);
  const third = Buffer.concat([second, Buffer.alloc(10 * MIB - SIZE)]);
  third.fill(0x77, 9 * MIB, 9 * MIB + 700);
  return [first, second, third];
}

const dir = tempDir();
afterAll(() => dir.remove());

for (const format of ['vhd', 'qcow2', 'raw'] as const) {
  describe(`a chain of ${format}`, () => {
    const original = join(dir.path, format);
    let manifests: string[];
    let copies = 0;

    beforeAll(async () => {
      mkdirSync(original);
      manifests = (await exportChain(original, format, states())).map((written) => written.manifestPath);
    });

    /** A copy of the folder to do damage in. */
    function damaged(): {
      folder: string;
      manifest: (at: number) => string;
      file: (at: number, part: 'image' | 'checksums') => string;
    } {
      const folder = join(dir.path, `${format}-${++copies}`);
      cpSync(original, folder, { recursive: true });
      const manifest = (at: number): string => manifests[at].replace(original, folder);
      return { folder, manifest, file: (at, part) => join(folder, read(manifest(at))[part].file) };
    }
    const verify = async (path: string, chain = true): Promise<VerifyReport> =>
      unwrap(await verifyExport(path, { chain }));

    it('verifies, alone, as a chain and against its source', async () => {
      for (const [at, path] of manifests.entries()) {
        expect(await verify(path, false)).toMatchObject({ sound: true, faults: [] });
        const source = await openRaw(join(original, `state-${at}.bin`));
        const report = unwrap(
          await verifyExport(path, { chain: true, againstSource: { source, blocks: 'all' } }),
        );
        await source.close();
        expect(report).toMatchObject({ sound: true, faults: [], comparedWithSource: true });
        expect(report.images).toHaveLength(at + 1);
      }
    });

    it('reads as the newest state in a tool that is not ours', async () => {
      const newest = join(original, 'state-2.bin');
      if (format === 'vhd') {
        const chain = [2, 1, 0].map((at) => join(original, read(manifests[at]).image.file));
        // libvhdi cannot read past the end of a smaller parent, so the grown part is left to the other formats.
        const whole = await libvhdi(chain.slice(1), [[0, SIZE]]);
        expect(whole.hashes).toEqual([hashRange(join(original, 'state-1.bin'), 0, SIZE)]);
        const grown = await libvhdi(chain, [[0, 8 * MIB]]);
        expect(grown.images[0].sizeBytes).toBe(10 * MIB);
        expect(grown.hashes).toEqual([hashRange(newest, 0, 8 * MIB)]);
      } else {
        const image = join(original, read(manifests[2]).image.file);
        await qemuImg('compare', '-f', 'raw', '-F', QEMU[format], newest, image);
      }
    });

    it('flattens to every format, as qemu reads it', async () => {
      for (const [to, qemu] of Object.entries({ vhd: 'vpc', qcow2: 'qcow2', raw: 'raw' })) {
        const file = join(dir.path, `flat-${format}.${to}`);
        unwrap(await flatten(manifests[2], file, to as 'vhd', copyInProcess, (running) => running.done));
        await qemuImg('compare', '-f', 'raw', '-F', qemu, join(original, 'state-2.bin'), file);
      }
    });

    it('is found in its folder, oldest first, without problems', async () => {
      const { disks, problems } = unwrap(await scanLibrary(original));
      expect(problems).toEqual([]);
      const disk = disks.find(({ folder }) => folder === original)!;
      expect(disk.entries.map((entry) => [entry.manifestPath, entry.failure])).toEqual(
        manifests.map((path) => [path, undefined]),
      );
    });

    it('a flipped bit is found and named', async () => {
      const { file, manifest } = damaged();
      const image = file(0, 'image');
      const bytes = readFileSync(image);
      const place = bytes.indexOf(pattern(KIB64, 2).subarray(1000, 1100));
      expect(place).toBeGreaterThan(0);
      bytes[place] ^= 4;
      writeFileSync(image, bytes);
      const report = await verify(manifest(2));
      expect(report.sound).toBe(false);
      expect(report.faults).toContainEqual(
        expect.objectContaining({
          file: image,
          offset: 5 * MIB,
          on: 'disk',
          message: expect.stringContaining('differs from its checksum'),
        }),
      );
      const flat = join(dir.path, 'never.raw');
      const result = await flatten(manifest(0), flat, 'raw', copyInProcess, (running) => running.done);
      expect(result).toMatchObject({ ok: false, failure: { code: 'image-block-damaged' } });
      expect(() => statSync(flat)).toThrow();
      expect(readdirSync(dir.path).filter((name) => name.includes('partial'))).toEqual([]);
    });

    it('a truncated image is found and named', async () => {
      const { file, manifest } = damaged();
      const image = file(1, 'image');
      const { size } = statSync(image);
      truncateSync(image, size - 3000);
      const report = await verify(manifest(1), false);
      expect(report.faults[0]).toMatchObject({ file: image, offset: size - 3000, on: 'file' });
      expect(report.faults[0].message).toContain('cut short');
    });

    it('a missing parent is named, also by the scan', async () => {
      const { file, manifest, folder } = damaged();
      rmSync(file(0, 'image'));
      expect((await verify(manifest(2))).faults[0].message).toContain(file(0, 'image'));
      const { disks } = unwrap(await scanLibrary(folder));
      expect(disks[0].entries.map((entry) => entry.failure?.code)).toEqual([
        'image-missing',
        'image-missing',
        'image-missing',
      ]);
      rmSync(manifest(0));
      expect((await verify(manifest(2))).faults[0].message).toContain('builds on');
    });

    it('a swapped parent and a stale parent are told apart', async () => {
      const { manifest } = damaged();
      const parent = read(manifest(0));
      writeFileSync(manifest(0), JSON.stringify({ ...parent, id: '00000000-0000-4000-8000-000000000000' }));
      expect((await verify(manifest(1))).faults[0].message).toContain('another export in its place');
      writeFileSync(
        manifest(0),
        JSON.stringify({ ...parent, checksums: { ...parent.checksums, sha256: '0'.repeat(64) } }),
      );
      expect((await verify(manifest(1))).faults[0].message).toContain('was changed after');
    });

    it('swapped images are found', async () => {
      const { file, manifest } = damaged();
      const [full, inc, aside] = [file(0, 'image'), file(1, 'image'), `${file(0, 'image')}.aside`];
      renameSync(full, aside);
      renameSync(inc, full);
      renameSync(aside, inc);
      const report = await verify(manifest(1));
      expect(report.sound).toBe(false);
      expect(new Set(report.faults.map((fault) => fault.file))).toContain(inc);
    });

    it('a checksum file of another export is found', async () => {
      const { file, manifest } = damaged();
      cpSync(file(0, 'checksums'), file(1, 'checksums'));
      expect((await verify(manifest(1), false)).faults[0]).toMatchObject({ file: file(1, 'checksums') });
    });

    it('data that nobody exported is found', async () => {
      if (format !== 'raw') return;
      const { file, manifest } = damaged();
      const bytes = readFileSync(file(1, 'image'));
      bytes[2 * MIB] = 1;
      writeFileSync(file(1, 'image'), bytes);
      const report = await verify(manifest(1));
      expect(report.faults).toContainEqual(expect.objectContaining({ offset: 2 * MIB, on: 'disk' }));
    });
  });
}

const read = (path: string): Manifest => JSON.parse(readFileSync(path, 'utf8')) as Manifest;
