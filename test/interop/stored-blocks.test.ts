import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { storedBlocks } from '../../src/main/engine/library/stored-blocks';
import { BlockBitmap } from '../../src/shared/blocks/bitmap';
import { unwrap } from '../../src/shared/model/result';
import { differences, exportChain } from '../fixtures/exported-chain';
import { pattern } from '../fixtures/image-source';
import { tempDir } from '../fixtures/temp-dir';

const KIB64 = 65_536;
const SIZE = 40 * KIB64 + 1536;
const dir = tempDir();
afterAll(() => dir.remove());

for (const format of ['vhd', 'qcow2', 'raw'] as const) {
  describe(`an increment in ${format}`, () => {
    const before = Buffer.alloc(SIZE);
    pattern(20 * KIB64, 1).copy(before, 0);
    const after = Buffer.from(before);
    after.fill(0, 3 * KIB64, 4 * KIB64);
    after.fill(0x5a, 7 * KIB64 + 512, 7 * KIB64 + 1024);
    after.fill(0xa5, SIZE - 512);
    // With data and zero in the base.
    const rewritten = [0, 4, 5, 30];

    it('stores what truly differs, not what was only touched', async () => {
      const folder = join(dir.path, format);
      mkdirSync(folder);
      const [, increment] = await exportChain(folder, format, [before, after], rewritten);
      expect(increment.manifest).toMatchObject({
        bytes: { equal: rewritten.length * KIB64 },
        compared: true,
      });
      const stored = unwrap(await storedBlocks(increment.manifestPath));
      expect(stored.sizeBytes).toBe(SIZE);
      expect([...stored.runs()]).toEqual([...new BlockBitmap(differences(before, after), SIZE).runs()]);

      const sums = join(folder, increment.manifest.checksums.file);
      const bytes = readFileSync(sums);
      bytes[64 + 8 * 7] ^= 1;
      writeFileSync(sums, bytes);
      expect(await storedBlocks(increment.manifestPath)).toMatchObject({
        ok: false,
        failure: { code: 'checksums-damaged' },
      });
    });

    it('stores what was touched as well, where that is asked for, and says that nothing was compared', async () => {
      const folder = join(dir.path, `${format}-all`);
      mkdirSync(folder);
      const [, { manifestPath, manifest }] = await exportChain(
        folder,
        format,
        [before, after],
        rewritten,
        false,
      );
      expect(manifest).toMatchObject({ bytes: { equal: 0 }, compared: false });
      const touched = new BlockBitmap(differences(before, after, rewritten), SIZE);
      expect([...unwrap(await storedBlocks(manifestPath)).runs()]).toEqual([...touched.runs()]);
    });
  });
}
