import { pbkdf2 } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openChain } from '../../src/main/engine/image/chain';
import { createVhd } from '../../src/main/engine/image/vhd/create';
import { openVhd } from '../../src/main/engine/image/vhd/open';
import { data, hashRange, makeRawFile, zeros, type Change } from '../fixtures/changes';
import { collect, pattern, readRange } from '../fixtures/image-source';
import { libvhdi } from '../fixtures/libvhdi';
import { qemuImg, qemuInfo } from '../fixtures/qemu-img';
import { tempDir } from '../fixtures/temp-dir';
import { demandVhdChain, makeVhd } from '../fixtures/vhd-images';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const BLOCK = 64 * KIB;
const VHD_BLOCK = 2 * MIB;
const SHORT = 5 * MIB + 512;

let dir: ReturnType<typeof tempDir>;
const at = (name: string): string => join(dir.path, name);
beforeEach(() => (dir = tempDir()));
afterEach(() => dir.remove());

describe('a full VHD', () => {
  it.each([512, BLOCK, SHORT, 10 * GIB + 1536])(
    'of %i bytes is exact with data at both ends',
    async (size) => {
      const tail = size % BLOCK || BLOCK;
      const changes = [data(size - tail, pattern(tail, 1))];
      if (size > BLOCK) changes.push(data(0, pattern(BLOCK, 2)));
      const { path } = await makeVhd(at('full.vhd'), size, changes);
      const raw = makeRawFile(at('full.raw'), size, changes);
      expect((await qemuInfo(path, 'vpc'))['virtual-size']).toBe(size);
      await qemuImg('compare', '-f', 'vpc', '-F', 'raw', path, raw);
      await demandVhdChain([path], raw, changes);
    },
  );

  it('keeps runs in any order, several blocks half filled at once, and holes as holes', async () => {
    const changes = [
      data(6 * MIB + 512, pattern(1024, 1)),
      data(MIB, pattern(BLOCK, 2)),
      data(4 * MIB, pattern(BLOCK, 3)),
      data(6 * MIB + 8192, pattern(512, 4)),
      data(0, pattern(512, 5)),
      zeros(8 * MIB, 4 * MIB),
    ];
    const { path } = await makeVhd(at('full.vhd'), 14 * MIB, changes);
    const raw = makeRawFile(at('full.raw'), 14 * MIB, changes);
    await qemuImg('compare', '-f', 'vpc', '-F', 'raw', path, raw);
    await demandVhdChain([path], raw);
    // Three blocks are in the file, and of them only what was written takes space.
    expect(statSync(path).size).toBeLessThan(3 * VHD_BLOCK + 32 * KIB);
    expect(statSync(path).blocks * 512).toBeLessThan(512 * KIB);
  });

  it('loses nothing that is written while it is being synced', async () => {
    const changes = [data(0, pattern(BLOCK, 1)), data(VHD_BLOCK, pattern(BLOCK, 2))];
    const path = at('synced.vhd');
    const sink = await createVhd({ path, finalPath: path, sizeBytes: 2 * VHD_BLOCK });
    await sink.write(0, pattern(BLOCK, 1), 0, BLOCK);
    // Whatever syncing leaves to the thread pool happens after the second write.
    const busy = Array.from({ length: 8 }, () => promisify(pbkdf2)('a', 'b', 200_000, 32, 'sha256'));
    const syncing = sink.sync();
    await sink.write(VHD_BLOCK, pattern(BLOCK, 2), 0, BLOCK);
    await Promise.all([...busy, syncing]);
    await sink.finish();
    const raw = makeRawFile(at('synced.raw'), 2 * VHD_BLOCK, changes);
    await qemuImg('compare', '-f', 'vpc', '-F', 'raw', path, raw);
  });

  it('is the same when writes go through the thread pool', async () => {
    const size = 20 * MIB;
    const path = at('full.vhd');
    const sink = await createVhd({ path, finalPath: path, sizeBytes: size, writes: 'parallel' });
    const content = pattern(size, 1);
    const under: Promise<void>[] = [];
    for (let offset = 0; offset < size; offset += 4 * BLOCK) {
      under.push(Promise.resolve(sink.write(offset, content, offset, 4 * BLOCK)));
    }
    await sink.sync();
    await Promise.all(under);
    await sink.finish();
    expect(sink.bytesStored).toBe(size);
    await demandVhdChain([path], makeRawFile(at('full.raw'), size, [data(0, content)]));
  });

  it('of 2040 GiB, nearly empty, is small, exact and quickly written', async () => {
    const size = 2040 * GIB;
    const changes = [0, 1 / 3, 2 / 3, 1].map((part, index) => {
      const offset = Math.min(size - BLOCK, Math.floor((size * part) / BLOCK) * BLOCK);
      return data(offset, pattern(BLOCK, index));
    });
    const { path } = await makeVhd(at('big.vhd'), size, changes);
    expect(statSync(path).size).toBeLessThan(16 * MIB);
    expect((await qemuInfo(path, 'vpc'))['virtual-size']).toBe(size);
    await demandVhdChain([path], makeRawFile(at('big.raw'), size, changes), changes);
  });

  it('of an empty disk is metadata alone', async () => {
    const { path } = await makeVhd(at('empty.vhd'), SHORT, [zeros(0, SHORT)]);
    expect(statSync(path).size).toBe(512 + 1024 + 512 + 512);
    await demandVhdChain([path], makeRawFile(at('empty.raw'), SHORT, []));
  });
});

describe('a VHD increment', () => {
  const base = [data(0, pattern(SHORT, 1))];
  const cases: [string, Change[]][] = [
    ['with nothing changed', []],
    ['with one changed block', [data(17 * BLOCK, pattern(BLOCK, 2))]],
    // libvhdi takes eight sectors as one; finer bitmaps are compared byte by byte below.
    ['with one changed page', [data(17 * BLOCK + 4 * KIB, pattern(4 * KIB, 2))]],
    ['with the short last block changed', [data(5 * MIB, pattern(512, 2))]],
    ['with blocks that became zero', [zeros(BLOCK, BLOCK), zeros(31 * BLOCK, 3 * BLOCK)]],
    ['with the short last block become zero', [zeros(79 * BLOCK, BLOCK + 512)]],
    ['with everything changed', [data(0, pattern(SHORT, 3))]],
    ['with everything become zero', [zeros(0, SHORT)]],
    [
      'out of order',
      [data(60 * BLOCK, pattern(BLOCK, 4)), zeros(59 * BLOCK, BLOCK), data(3 * BLOCK, pattern(2 * BLOCK, 5))],
    ],
  ];
  it.each(cases)('%s merges to the changed disk', async (_, changes) => {
    const parent = await makeVhd(at('base.vhd'), SHORT, base);
    const { path } = await makeVhd(at('inc.vhd'), SHORT, changes, { parent });
    await demandVhdChain([path, parent.path], makeRawFile(at('merged.raw'), SHORT, [...base, ...changes]));
  });

  it('stores one changed 64 KiB block and leaves the rest of its 2 MiB block absent', async () => {
    const parent = await makeVhd(at('base.vhd'), SHORT, base);
    const change = data(17 * BLOCK, pattern(BLOCK, 2));
    const { path } = await makeVhd(at('inc.vhd'), SHORT, [change, zeros(20 * BLOCK, BLOCK)], { parent });
    const image = await openVhd(path);
    expect(await collect(image.stored())).toEqual([
      { offset: 17 * BLOCK, length: BLOCK, kind: 'data' },
      { offset: 20 * BLOCK, length: BLOCK, kind: 'data' },
    ]);
    await image.close();
    expect(statSync(path).blocks * 512).toBeLessThanOrEqual(BLOCK + 16 * KIB);
  });

  it('writes sector bitmaps with the most significant bit first', async () => {
    const parent = await makeVhd(at('base.vhd'), SHORT, base);
    // Sectors 0, 2, 3, 7 and 8: bits 1011 0001 1000 0000.
    const changes = [0, 2, 3, 7, 8].map((sector) => data(sector * 512, pattern(512, sector)));
    const { path } = await makeVhd(at('inc.vhd'), SHORT, changes, { parent });
    const file = readFileSync(path);
    const table = Number(file.readBigUInt64BE(512 + 16));
    const bitmap = file.readUInt32BE(table) * 512;
    expect(file.subarray(bitmap, bitmap + 3).toString('hex')).toBe('b18000');
    expect((bitmap + 512) % 4096).toBe(0);
    const image = await openVhd(path);
    expect((await collect(image.stored())).map(({ offset, length }) => [offset / 512, length / 512])).toEqual(
      [
        [0, 1],
        [2, 2],
        [7, 2],
      ],
    );
    await image.close();
  });

  it('grows the disk: what the parent lacks reads as zeros', async () => {
    const parent = await makeVhd(at('base.vhd'), SHORT, base);
    const size = 9 * MIB + 512;
    const changes = [
      data(8 * MIB, pattern(BLOCK, 6)),
      data(9 * MIB, pattern(512, 7)),
      zeros(2 * BLOCK, BLOCK),
    ];
    const { path } = await makeVhd(at('inc.vhd'), size, changes, { parent });
    const raw = makeRawFile(at('merged.raw'), size, [...base, ...changes]);
    const chain = await openChain(path);
    expect((await readRange(chain.source, 0, size)).equals(readFileSync(raw))).toBe(true);
    await chain.close();
    // libvhdi does not read what neither the increment nor its shorter parent has.
    const ranges = [
      [0, SHORT],
      [8 * MIB, BLOCK],
      [9 * MIB, 512],
    ] as const;
    const theirs = await libvhdi([path, parent.path], ranges);
    expect(theirs.images.map(({ sizeBytes }) => sizeBytes)).toEqual([size, SHORT]);
    expect(theirs.hashes).toEqual(ranges.map(([offset, length]) => hashRange(raw, offset, length)));
  });

  it('chains four deep', async () => {
    const all = [...base];
    let parent = await makeVhd(at('0.vhd'), SHORT, base);
    const chain = [parent.path];
    for (let step = 1; step <= 3; step++) {
      const changes = [
        data(step * 7 * BLOCK, pattern(3 * BLOCK, step)),
        zeros((step * 8 + 2) * BLOCK, 2 * BLOCK),
      ];
      parent = await makeVhd(at(`${step}.vhd`), SHORT, changes, { parent });
      chain.unshift(parent.path);
      all.push(...changes);
    }
    await demandVhdChain(chain, makeRawFile(at('merged.raw'), SHORT, all));
  });

  it('names its parent by a relative path that survives moving both', async () => {
    mkdirSync(at('was/child'), { recursive: true });
    const parent = await makeVhd(at('was/parent ü.vhd'), SHORT, base);
    await makeVhd(at('was/child/inc.vhd'), SHORT, [zeros(0, BLOCK)], { parent });
    renameSync(at('was'), at('is'));
    const chain = [at('is/child/inc.vhd'), at('is/parent ü.vhd')];
    await demandVhdChain(chain, makeRawFile(at('merged.raw'), SHORT, [...base, zeros(0, BLOCK)]));
    const { images } = await libvhdi(chain, []);
    expect(images[0]).toMatchObject({ parentUuid: images[1].uuid, parentName: '../parent ü.vhd' });
  });
});

describe('the VHD writer', () => {
  it('refuses more than 2040 GiB and broken sizes before it makes a file', async () => {
    const attempt = (sizeBytes: number): Promise<unknown> =>
      createVhd({ path: at('no.vhd'), finalPath: at('no.vhd'), sizeBytes });
    await expect(attempt(2040 * GIB + 512)).rejects.toMatchObject({
      failure: { code: 'image-too-large-for-vhd' },
    });
    for (const size of [0, 1000, -512, Number.NaN]) {
      await expect(attempt(size)).rejects.toMatchObject({ failure: { code: 'image-size-unsupported' } });
    }
    expect(existsSync(at('no.vhd'))).toBe(false);
  });

  it('refuses parts of sectors, ranges over a block boundary and beyond the disk', async () => {
    const path = at('no.vhd');
    const sink = await createVhd({ path, finalPath: path, sizeBytes: SHORT });
    const memory = Buffer.alloc(4 * MIB);
    expect(() => sink.write(100, memory, 0, 512)).toThrow(RangeError);
    expect(() => sink.write(0, memory, 0, 100)).toThrow(RangeError);
    expect(() => sink.write(MIB, memory, 0, 2 * MIB)).toThrow(RangeError);
    expect(() => sink.write(5 * MIB, memory, 0, 1024)).toThrow(RangeError);
    await sink.abort();
    await sink.abort();
  });

  it('leaves an image after sync that can be read, its missing footer named', async () => {
    const path = at('half.vhd');
    const sink = await createVhd({ path, finalPath: path, sizeBytes: SHORT });
    await sink.write(3 * MIB, pattern(BLOCK, 1), 0, BLOCK);
    await sink.sync();
    await sink.abort();
    const image = await openVhd(path);
    expect((await readRange(image, 3 * MIB, BLOCK)).equals(pattern(BLOCK, 1))).toBe(true);
    expect(await image.check()).toEqual([
      expect.objectContaining({ message: expect.stringMatching(/no VHD footer; the copy/) }),
      expect.objectContaining({ message: expect.stringMatching(/lies over the footer/) }),
    ]);
    await image.close();
  });
});
