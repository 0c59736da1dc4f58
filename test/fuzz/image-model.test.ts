import fc from 'fast-check';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openChain } from '../../src/main/engine/image/chain';
import { describeParent } from '../../src/main/engine/image/parent';
import { createRaw } from '../../src/main/engine/image/raw/writer';
import type { CreateImageOptions, ParentImage, WriteMode } from '../../src/main/engine/image/types';
import type { BlockSink } from '../../src/main/engine/block-io/types';
import { createVhd } from '../../src/main/engine/image/vhd/create';
import { openVhd } from '../../src/main/engine/image/vhd/open';
import { applyTo, data, zeros, type Change } from '../fixtures/changes';
import { collect, pattern, readRange } from '../fixtures/image-source';
import { tempDir } from '../fixtures/temp-dir';

const SECTOR = 512;
const VHD_BLOCK = 2 * 1024 * 1024;

const dir = tempDir();
afterAll(() => dir.remove());

/** Pieces of a disk, end to end: left alone, written, or become zero. They come in a random order. */
interface Piece {
  readonly sectors: number;
  readonly kind: 'skip' | 'data' | 'zero';
  readonly order: number;
}
const pieces = fc.array(
  fc.record({
    sectors: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 5000 }), fc.constant(128)),
    kind: fc.constantFrom('skip', 'data', 'zero'),
    order: fc.nat(1000),
  }),
  { maxLength: 20 },
) as fc.Arbitrary<Piece[]>;

/** Laid out from the disk's start, cut at 2 MiB boundaries, then in their random order. */
function changesOf(list: readonly Piece[], sizeBytes: number, seed: number): Change[] {
  const found: { order: number; change: Change }[] = [];
  let offset = 0;
  for (const { sectors, kind, order } of list) {
    const end = Math.min(sizeBytes, offset + sectors * SECTOR);
    while (offset < end) {
      const part = Math.min(end, (Math.floor(offset / VHD_BLOCK) + 1) * VHD_BLOCK) - offset;
      if (kind === 'data') found.push({ order, change: data(offset, pattern(part, seed + order)) });
      if (kind === 'zero') found.push({ order, change: zeros(offset, part) });
      offset += part;
    }
  }
  return found.sort((a, b) => a.order - b.order).map(({ change }) => change);
}

function applyToModel(model: Buffer, changes: readonly Change[]): void {
  for (const { offset, content } of changes) {
    if (typeof content === 'number') model.fill(0, offset, offset + content);
    else content.copy(model, offset);
  }
}

type Create = (options: CreateImageOptions) => Promise<BlockSink>;

async function store(
  create: Create,
  path: string,
  sizeBytes: number,
  changes: readonly Change[],
  options: { parent?: ParentImage; writes: WriteMode },
): Promise<ParentImage> {
  const sink = await create({ path, finalPath: path, sizeBytes, ...options });
  await applyTo(sink, changes);
  await sink.finish();
  return describeParent(path);
}

const formats: [string, Create][] = [
  ['raw', createRaw],
  ['vhd', createVhd],
];

describe.each(formats)('%s images', (format, create) => {
  it('read as a plain model of the disk, full and with two increments', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(pieces, pieces, pieces),
        fc.integer({ min: 1, max: 14_000 }),
        fc.nat(5000),
        fc.constantFrom<WriteMode>('sync', 'parallel'),
        async (layers, sectors, growth, writes) => {
          const names: string[] = [];
          let parent: ParentImage | undefined;
          let model = Buffer.alloc(0);
          for (const [index, list] of layers.entries()) {
            const size = (sectors + (index === 2 ? growth : 0)) * SECTOR;
            const changes = changesOf(list, size, index);
            model = Buffer.concat([model], size);
            applyToModel(model, changes);
            const path = join(dir.path, `${index}.${format}`);
            names.push(path);
            parent = await store(create, path, size, changes, { ...(parent && { parent }), writes });

            const chain = await openChain(path);
            expect(chain.source.sizeBytes).toBe(size);
            expect((await readRange(chain.source, 0, size)).equals(model)).toBe(true);
            for (const image of chain.images) expect(await image.check()).toEqual([]);
            await chain.close();
          }
          for (const path of names) rmSync(path);
        },
      ),
      { seed: 20_240_611, numRuns: 40 },
    );
  });
});

describe('a VHD increment', () => {
  it('stores exactly the sectors that were written or became zero', async () => {
    await fc.assert(
      fc.asyncProperty(pieces, fc.integer({ min: 1, max: 14_000 }), async (list, sectors) => {
        const size = sectors * SECTOR;
        const full = join(dir.path, 'full.vhd');
        const increment = join(dir.path, 'increment.vhd');
        const parent = await store(createVhd, full, size, [], { writes: 'sync' });
        const changes = changesOf(list, size, 1);
        await store(createVhd, increment, size, changes, { parent, writes: 'sync' });

        const touched = Buffer.alloc(sectors);
        for (const { offset, content } of changes) {
          const length = typeof content === 'number' ? content : content.length;
          touched.fill(1, offset / SECTOR, (offset + length) / SECTOR);
        }
        const found = Buffer.alloc(sectors);
        const image = await openVhd(increment);
        for (const { offset, length } of await collect(image.stored())) {
          found.fill(1, offset / SECTOR, (offset + length) / SECTOR);
        }
        await image.close();
        expect(found.equals(touched)).toBe(true);
        rmSync(full);
        rmSync(increment);
      }),
      { seed: 7, numRuns: 40 },
    );
  });
});
