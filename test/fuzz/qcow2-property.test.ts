import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { collect, pattern, readRange, writeRange } from '../fixtures/image-source';
import { tempDir } from '../fixtures/temp-dir';
import type { BlockSource } from '../../src/main/engine/block-io/types';
import type { ImageReader, ParentImage } from '../../src/main/engine/image/types';
import { openQcow2 } from '../../src/main/engine/image/qcow2/reader';
import { createQcow2 } from '../../src/main/engine/image/qcow2/writer';

const BLOCK = 64 * 1024;
const BLOCKS = 90;
const dir = tempDir();
afterAll(() => dir.remove());

type Kind = 'data' | 'zero' | 'untouched';

/** A layer over the disk: what happened to each 64 KiB block, the order of writing, and the size in sectors. */
const layer = fc.record({
  sectors: fc.integer({ min: 1, max: (BLOCKS * BLOCK) / 512 }),
  kinds: fc.array(fc.constantFrom<Kind>('data', 'data', 'zero', 'untouched', 'untouched'), {
    minLength: BLOCKS,
    maxLength: BLOCKS,
  }),
  order: fc.infiniteStream(fc.nat()),
  parallel: fc.boolean(),
});

interface Run {
  readonly kind: Kind;
  readonly offset: number;
  readonly length: number;
}

/** Neighbouring blocks of one kind as one run, at most 2 MiB and clamped to the disk. */
function runsOf(kinds: readonly Kind[], sizeBytes: number): Run[] {
  const runs: Run[] = [];
  for (const [block, kind] of kinds.entries()) {
    const offset = block * BLOCK;
    const length = Math.min(BLOCK, sizeBytes - offset);
    const last = runs.at(-1);
    if (length <= 0) break;
    if (last?.kind === kind && last.length < 32 * BLOCK)
      runs[runs.length - 1] = { ...last, length: last.length + length };
    else runs.push({ kind, offset, length });
  }
  return runs;
}

test('a chain of images reads like the disks it was made from', async () => {
  let count = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(layer, { minLength: 1, maxLength: 4 }), async (layers) => {
      const folder = join(dir.path, String(count++));
      let model = Buffer.alloc(0);
      let parent: ParentImage | undefined;
      const open: ImageReader[] = [];
      for (const [index, { sectors, kinds, order, parallel }] of layers.entries()) {
        const sizeBytes = Math.max(model.length, sectors * 512);
        model = Buffer.concat([model, Buffer.alloc(sizeBytes - model.length)]);
        const path = `${folder}-${index}.qcow2`;
        const sink = await createQcow2({
          path,
          finalPath: path,
          sizeBytes,
          parent,
          writes: parallel ? 'parallel' : 'sync',
        });
        const runs = runsOf(kinds, sizeBytes).map((run) => ({ run, rank: order.next().value as number }));
        for (const { run } of runs.sort((left, right) => left.rank - right.rank)) {
          const { kind, offset, length } = run;
          if (kind === 'untouched') continue;
          const content = kind === 'data' ? pattern(length, offset + index) : Buffer.alloc(length);
          if (kind === 'data') await writeRange(sink, offset, content);
          else await sink.zero(offset, length);
          content.copy(model, offset);
        }
        await sink.finish();
        parent = { path, format: 'qcow2', sizeBytes };
        const below: BlockSource | undefined = open.at(-1);
        const image = await openQcow2(path, { parent: below });
        open.push(image);

        expect(image.sizeBytes).toBe(sizeBytes);
        expect((await readRange(image, 0, sizeBytes)).equals(model)).toBe(true);
        expect(await image.check()).toEqual([]);
        const expected = runsOf(kinds, sizeBytes).filter(
          ({ kind }) => kind === 'data' || (kind === 'zero' && index > 0),
        );
        expect(await collect(image.stored())).toEqual(joined(expected));
      }
      for (const image of open) await image.close();
    }),
    { seed: 20240917, numRuns: 40 },
  );
}, 120_000);

/** `runsOf` splits at 2 MiB; what the image stores is merged. */
function joined(runs: readonly Run[]): Run[] {
  const merged: Run[] = [];
  for (const run of runs) {
    const last = merged.at(-1);
    if (last?.kind === run.kind && last.offset + last.length === run.offset) {
      merged[merged.length - 1] = { ...last, length: last.length + run.length };
    } else merged.push(run);
  }
  return merged;
}

test('a full image takes runs of sectors in any order', async () => {
  let count = 0;
  const sizeBytes = 6 * 1024 * 1024 + 512;
  const sectors = sizeBytes / 512;
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat(sectors - 1), { minLength: 2, maxLength: 60 }), async (cuts) => {
      const path = join(dir.path, `full-${count++}.qcow2`);
      const sink = await createQcow2({ path, finalPath: path, sizeBytes });
      const model = Buffer.alloc(sizeBytes);
      const ends = [...cuts].sort((left, right) => left - right);
      // Every second interval between the sorted cuts is data; the order of writing follows the unsorted cuts.
      for (const cut of cuts) {
        const index = ends.indexOf(cut);
        if (index % 2 === 1) continue;
        const offset = cut * 512;
        const content = pattern((ends[index + 1] ?? sectors) * 512 - offset, cut);
        await writeRange(sink, offset, content);
        content.copy(model, offset);
      }
      await sink.finish();
      const image = await openQcow2(path);
      expect((await readRange(image, 0, sizeBytes)).equals(model)).toBe(true);
      expect(await image.check()).toEqual([]);
      await image.close();
    }),
    { seed: 20240918, numRuns: 40 },
  );
}, 120_000);
