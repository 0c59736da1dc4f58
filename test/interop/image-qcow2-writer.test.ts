import {
  existsSync,
  readFileSync,
  statSync,
  writeFileSync,
  truncateSync,
  openSync,
  writeSync,
  closeSync,
} from 'node:fs';
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ParentImage } from '../../src/main/engine/image/types';
import { openQcow2 } from '../../src/main/engine/image/qcow2/reader';
import { createQcow2 } from '../../src/main/engine/image/qcow2/writer';
import { pattern, readRange, writeRange } from '../fixtures/image-source';
import { demandSound, qemuImg, qemuInfo } from '../fixtures/qemu-img';
import { tempDir } from '../fixtures/temp-dir';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const TIB = 1024 * GIB;
const BLOCK = 64 * KIB;

let dir: ReturnType<typeof tempDir>;
const at = (name: string): string => join(dir.path, name);
beforeEach(() => (dir = tempDir()));
afterEach(() => dir.remove());

interface Change {
  readonly offset: number;
  readonly content: Buffer | number;
}
const data = (offset: number, content: Buffer): Change => ({ offset, content });
const zeros = (offset: number, length: number): Change => ({ offset, content: length });

async function makeImage(
  name: string,
  sizeBytes: number,
  changes: readonly Change[],
  parent?: ParentImage,
): Promise<ParentImage> {
  const sink = await createQcow2({ path: at(`${name}.partial`), finalPath: at(name), sizeBytes, parent });
  for (const { offset, content } of changes) {
    if (typeof content === 'number') await sink.zero(offset, content);
    else await writeRange(sink, offset, content);
  }
  await sink.finish();
  renameSync(at(`${name}.partial`), at(name));
  await demandSound(at(name), 'qcow2');
  expect((await qemuInfo(at(name), 'qcow2'))['virtual-size']).toBe(sizeBytes);
  return { path: at(name), format: 'qcow2', sizeBytes };
}

/** A sparse raw file made of earlier content and the changes. */
function makeRaw(name: string, sizeBytes: number, changes: readonly Change[]): string {
  writeFileSync(at(name), '');
  truncateSync(at(name), sizeBytes);
  const fd = openSync(at(name), 'r+');
  for (const { offset, content } of changes) {
    const bytes = typeof content === 'number' ? Buffer.alloc(content) : content;
    writeSync(fd, bytes, 0, bytes.length, offset);
  }
  closeSync(fd);
  return at(name);
}

async function demandEqual(image: string, raw: string): Promise<void> {
  await qemuImg('compare', '-f', 'qcow2', '-F', 'raw', image, raw);
}

describe('a full qcow2 image', () => {
  it.each([512, 1536, BLOCK, 5 * MIB + 512, 10 * GIB + 1536])(
    'of %i bytes is exact with data at both ends',
    async (size) => {
      const tail = size % BLOCK || BLOCK;
      const changes = [data(size - tail, pattern(tail, 1))];
      if (size > BLOCK) changes.push(data(0, pattern(BLOCK, 2)));
      const { path } = await makeImage('full.qcow2', size, changes);
      await demandEqual(path, makeRaw('full.raw', size, changes));
    },
  );

  it('keeps runs that are smaller than a cluster, in any order', async () => {
    const changes = [
      data(3 * MIB + 512, pattern(1024, 1)),
      data(MIB + 4096, pattern(100 * KIB, 2)),
      data(3 * MIB + 8192, pattern(512, 3)),
      data(0, pattern(512, 4)),
      data(3 * MIB, pattern(512, 5)),
    ];
    const { path } = await makeImage('full.qcow2', 5 * MIB + 512, changes);
    await demandEqual(path, makeRaw('full.raw', 5 * MIB + 512, changes));
  });

  it('stores nothing for zeros and an empty disk', async () => {
    const { path } = await makeImage('empty.qcow2', 5 * MIB + 512, [zeros(0, 5 * MIB + 512)]);
    await demandEqual(path, makeRaw('empty.raw', 5 * MIB + 512, []));
    expect(statSync(path).size).toBe(4 * BLOCK);
  });

  it('lays neighbouring blocks of one write next to each other', async () => {
    const { path } = await makeImage('full.qcow2', 8 * MIB, [data(2 * MIB, pattern(2 * MIB, 1))]);
    const map = JSON.parse(await qemuImg('map', '--output=json', '-f', 'qcow2', path)) as {
      start: number;
      length: number;
      data: boolean;
    }[];
    expect(map.filter((extent) => extent.data)).toEqual([
      expect.objectContaining({ start: 2 * MIB, length: 2 * MIB }),
    ]);
  });

  it.each([2 * TIB, 16 * TIB])('of %i bytes, nearly empty, stays small', async (size) => {
    const changes = [0, 1 / 3, 2 / 3, 1].map((part, index) => {
      const offset = Math.min(size - BLOCK, Math.floor((size * part) / BLOCK) * BLOCK);
      return data(offset, pattern(BLOCK, index));
    });
    const { path } = await makeImage('big.qcow2', size, changes);
    expect(statSync(path).size).toBeLessThan(2 * MIB);
    const image = await openQcow2(path);
    for (const { offset, content } of changes)
      expect((await readRange(image, offset, BLOCK)).equals(content as Buffer)).toBe(true);
    await image.close();
  });

  it('writes more L2 tables than it keeps in memory, out of order', async () => {
    const spans = 300;
    const changes = Array.from({ length: 2 * spans }, (_, step) => {
      const span = (step * 7) % spans;
      return data(span * 512 * MIB + (step < spans ? 0 : 4 * BLOCK), pattern(512, step));
    });
    const { path } = await makeImage('spread.qcow2', spans * 512 * MIB, changes);
    await demandEqual(path, makeRaw('spread.raw', spans * 512 * MIB, changes));
  });

  it('needs more than one refcount block when the file passes 2 GiB', async () => {
    const sink = await createQcow2({
      path: at('large.qcow2'),
      finalPath: at('large.qcow2'),
      sizeBytes: 3 * GIB,
    });
    // One sector per cluster: the file is long, but nearly all holes.
    const sector = pattern(512, 9);
    for (let offset = 0; offset < 3 * GIB; offset += BLOCK) await sink.write(offset, sector, 0, 512);
    await sink.finish();
    await demandSound(at('large.qcow2'), 'qcow2');
    const image = await openQcow2(at('large.qcow2'));
    expect(await image.check()).toEqual([]);
    await image.close();
  });
});

describe('a qcow2 increment', () => {
  const size = 5 * MIB + 512;
  const base = [data(0, pattern(size, 1))];

  const cases: [string, Change[]][] = [
    ['with nothing changed', []],
    ['with one changed block', [data(17 * BLOCK, pattern(BLOCK, 2))]],
    ['with the short last block changed', [data(5 * MIB, pattern(512, 2))]],
    ['with blocks that became zero', [zeros(BLOCK, BLOCK), zeros(40 * BLOCK, 3 * BLOCK)]],
    ['with the short last block become zero', [zeros(79 * BLOCK, BLOCK + 512)]],
    ['with everything changed', [data(0, pattern(size, 3))]],
    ['with everything become zero', [zeros(0, size)]],
    [
      'out of order',
      [data(60 * BLOCK, pattern(BLOCK, 4)), zeros(59 * BLOCK, BLOCK), data(3 * BLOCK, pattern(2 * BLOCK, 5))],
    ],
  ];
  it.each(cases)('%s merges to the changed disk', async (_, changes) => {
    const parent = await makeImage('base.qcow2', size, base);
    const { path } = await makeImage('inc.qcow2', size, changes, parent);
    const raw = makeRaw('merged.raw', size, [...base, ...changes]);
    await demandEqual(path, raw);
    await qemuImg('convert', '-f', 'qcow2', '-O', 'raw', path, at('converted.raw'));
    expect(readFileSync(at('converted.raw')).equals(readFileSync(raw))).toBe(true);
    await qemuImg('commit', '-q', '-f', 'qcow2', path);
    await demandEqual(parent.path, raw);
  });

  it('grows the disk: what the parent lacks reads as zeros', async () => {
    const parent = await makeImage('base.qcow2', size, base);
    const grown = 700 * MIB + 1024;
    const changes = [
      data(600 * MIB, pattern(BLOCK, 6)),
      data(700 * MIB, pattern(1024, 7)),
      zeros(2 * BLOCK, BLOCK),
    ];
    const { path } = await makeImage('inc.qcow2', grown, changes, parent);
    await demandEqual(path, makeRaw('merged.raw', grown, [...base, ...changes]));
  });

  it('chains four deep, and qemu can rebase and commit the chain', async () => {
    let parent = await makeImage('0.qcow2', size, base);
    const all = [...base];
    for (let step = 1; step <= 3; step++) {
      const changes = [
        data(step * 7 * BLOCK, pattern(3 * BLOCK, step)),
        zeros((step * 7 + 2 + step) * BLOCK, BLOCK),
      ];
      parent = await makeImage(`${step}.qcow2`, size, changes, parent);
      all.push(...changes);
    }
    const raw = makeRaw('merged.raw', size, all);
    await demandEqual(parent.path, raw);
    await qemuImg('rebase', '-f', 'qcow2', '-b', '0.qcow2', '-F', 'qcow2', parent.path);
    await demandEqual(parent.path, raw);
    await demandSound(parent.path, 'qcow2');
  });

  it('names its parent by a relative path that survives moving both', async () => {
    mkdirSync(at('was/child'), { recursive: true });
    const parent = await makeImage('was/pa:rent ü.qcow2', size, base);
    await makeImage('was/child/inc.qcow2', size, [zeros(0, BLOCK)], parent);
    await makeImage('was/a:colon.qcow2', size, [zeros(0, BLOCK)], parent);
    renameSync(at('was'), at('is'));
    const raw = makeRaw('merged.raw', size, [...base, zeros(0, BLOCK)]);
    await demandEqual(at('is/child/inc.qcow2'), raw);
    await demandEqual(at('is/a:colon.qcow2'), raw);
    const image = await openQcow2(at('is/child/inc.qcow2'));
    expect(image.parentLink).toEqual({ path: '../pa:rent ü.qcow2', format: 'qcow2', uuid: undefined });
    await image.close();
  });

  it('builds on a raw parent', async () => {
    const parent: ParentImage = { path: makeRaw('base.raw', size, base), format: 'raw', sizeBytes: size };
    const { path } = await makeImage('inc.qcow2', size, [zeros(0, BLOCK)], parent);
    expect(await qemuInfo(path, 'qcow2')).toMatchObject({
      'backing-filename': 'base.raw',
      'backing-filename-format': 'raw',
    });
    await demandEqual(path, makeRaw('merged.raw', size, [...base, zeros(0, BLOCK)]));
  });

  it('refuses a part of a block', async () => {
    const parent = await makeImage('base.qcow2', size, base);
    const sink = await createQcow2({
      path: at('inc.qcow2'),
      finalPath: at('inc.qcow2'),
      sizeBytes: size,
      parent,
    });
    expect(() => sink.write(512, Buffer.alloc(BLOCK), 0, BLOCK)).toThrow(RangeError);
    expect(() => sink.zero(0, 512)).toThrow(RangeError);
    expect(() => sink.zero(5 * MIB, 1024)).toThrow(RangeError);
    await sink.abort();
    await sink.abort();
  });
});

describe('the qcow2 writer', () => {
  it('never overwrites a file', async () => {
    writeFileSync(at('there.qcow2'), 'precious');
    await expect(
      createQcow2({ path: at('there.qcow2'), finalPath: at('there.qcow2'), sizeBytes: MIB }),
    ).rejects.toMatchObject({
      failure: { code: expect.any(String) },
    });
    expect(readFileSync(at('there.qcow2'), 'utf8')).toBe('precious');
  });

  it('refuses sizes that qcow2 cannot hold before it makes a file', async () => {
    for (const sizeBytes of [1000, -512, 3 * 2 ** 50, Number.NaN]) {
      await expect(
        createQcow2({ path: at('no.qcow2'), finalPath: at('no.qcow2'), sizeBytes }),
      ).rejects.toMatchObject({
        failure: { code: 'image-size-unsupported' },
      });
    }
    expect(existsSync(at('no.qcow2'))).toBe(false);
  });

  it('leaves an image after sync that can be read, marked as unfinished', async () => {
    const sink = await createQcow2({ path: at('half.qcow2'), finalPath: at('half.qcow2'), sizeBytes: GIB });
    await sink.write(600 * MIB, pattern(BLOCK, 1), 0, BLOCK);
    await sink.sync();
    await sink.abort();
    expect(sink.bytesStored).toBe(BLOCK);
    const image = await openQcow2(at('half.qcow2'));
    expect((await readRange(image, 600 * MIB, BLOCK)).equals(pattern(BLOCK, 1))).toBe(true);
    expect(await image.check()).toEqual([
      expect.objectContaining({ message: expect.stringMatching(/not closed properly/) }),
    ]);
    await image.close();
  });
});
