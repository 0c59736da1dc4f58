import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { createQcow2 } from '../../src/main/engine/image/qcow2/writer';
import type { ParentImage } from '../../src/main/engine/image/types';
import { pattern, writeRange } from '../fixtures/image-source';
import { demandSound, qemuImg, qemuInfo } from '../fixtures/qemu-img';
import { tempDir } from '../fixtures/temp-dir';

const BLOCK = 64 * 1024;
const dir = tempDir();
afterAll(() => dir.remove());

const step = fc.record({
  grownSectors: fc.nat(3000),
  changes: fc.array(fc.record({ block: fc.nat(79), zero: fc.boolean() }), { maxLength: 30 }),
});

it('qemu merges random chains of full image and increments to the disk as it was', async () => {
  let count = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 7000 }),
      fc.array(step, { minLength: 1, maxLength: 4 }),
      async (sectors, steps) => {
        const folder = join(dir.path, String(count++));
        let sizeBytes = sectors * 512;
        let model = Buffer.alloc(0);
        let parent: ParentImage | undefined;
        for (const [index, { grownSectors, changes }] of steps.entries()) {
          sizeBytes += index === 0 ? 0 : grownSectors * 512;
          model = Buffer.concat([model, Buffer.alloc(sizeBytes - model.length)]);
          const path = `${folder}-${index}.qcow2`;
          const sink = await createQcow2({ path, finalPath: path, sizeBytes, parent });
          const last = new Map(changes.map((change) => [change.block, change.zero]));
          for (const [block, zero] of last) {
            const offset = block * BLOCK;
            const length = Math.min(BLOCK, sizeBytes - offset);
            if (length <= 0) continue;
            const content = zero ? Buffer.alloc(length) : pattern(length, block + index);
            if (zero) await sink.zero(offset, length);
            else await writeRange(sink, offset, content);
            content.copy(model, offset);
          }
          await sink.finish();
          await demandSound(path, 'qcow2');
          parent = { path, format: 'qcow2', sizeBytes };
        }
        const top = parent!.path;
        writeFileSync(`${folder}.raw`, model);
        expect((await qemuInfo(top, 'qcow2'))['virtual-size']).toBe(sizeBytes);
        await qemuImg('compare', '-f', 'qcow2', '-F', 'raw', top, `${folder}.raw`);
      },
    ),
    { seed: 20240919, numRuns: 25 },
  );
});
