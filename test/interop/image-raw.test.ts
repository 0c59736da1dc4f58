import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputFile } from '../../src/main/engine/image/input-file';
import { OutputFile } from '../../src/main/engine/image/output-file';
import { describeParent } from '../../src/main/engine/image/parent';
import { copySparse } from '../../src/main/engine/image/raw/copy-base';
import { openRaw } from '../../src/main/engine/image/raw/reader';
import { createRaw } from '../../src/main/engine/image/raw/writer';
import type { ParentImage } from '../../src/main/engine/image/types';
import { applyTo, data, makeRawFile, zeros, type Change } from '../fixtures/changes';
import { pattern, readRange } from '../fixtures/image-source';
import { qemuImg, qemuInfo } from '../fixtures/qemu-img';
import { tempDir } from '../fixtures/temp-dir';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const BLOCK = 64 * KIB;
const SHORT = 5 * MIB + 512;

let dir: ReturnType<typeof tempDir>;
const at = (name: string): string => join(dir.path, name);
const allocated = (path: string): number => statSync(path).blocks * 512;
beforeEach(() => (dir = tempDir()));
afterEach(() => dir.remove());

async function makeImage(
  name: string,
  sizeBytes: number,
  changes: readonly Change[],
  parent?: ParentImage,
): Promise<ParentImage> {
  const sink = await createRaw({ path: at(name), finalPath: at(name), sizeBytes, parent });
  await applyTo(sink, changes);
  await sink.finish();
  return describeParent(at(name));
}

async function demandEqual(path: string, raw: string): Promise<void> {
  expect(statSync(path).size).toBe(statSync(raw).size);
  await qemuImg('compare', '-f', 'raw', '-F', 'raw', path, raw);
}

describe('a full raw image', () => {
  it.each([512, SHORT, 2048 * GIB])('of %i bytes is the disk, holes kept', async (size) => {
    const tail = size % BLOCK || BLOCK;
    const changes = [data(size - tail, pattern(tail, 1))];
    if (size > BLOCK) changes.push(data(0, pattern(BLOCK, 2)), zeros(2 * BLOCK, MIB));
    const { path } = await makeImage('full.raw', size, changes);
    expect((await qemuInfo(path, 'raw'))['virtual-size']).toBe(size);
    expect(allocated(path)).toBeLessThanOrEqual(3 * BLOCK);
    await demandEqual(path, makeRawFile(at('expected.raw'), size, changes));
  });
});

describe('a raw increment', () => {
  const base = [data(0, pattern(2 * MIB, 1)), data(5 * MIB, pattern(512, 2))];
  const cases: [string, Change[]][] = [
    ['with nothing changed', []],
    ['with one changed block', [data(17 * BLOCK, pattern(BLOCK, 3))]],
    ['with the short last block become zero', [zeros(5 * MIB, 512)]],
    ['with blocks that became zero', [zeros(BLOCK, 3 * BLOCK), zeros(3 * MIB, MIB)]],
    ['with everything become zero', [zeros(0, SHORT)]],
    ['with everything changed', [data(0, pattern(SHORT, 4))]],
  ];
  it.each(cases)('%s is the changed disk, and the base stays as it was', async (_, changes) => {
    const parent = await makeImage('base.raw', SHORT, base);
    const before = readFileSync(parent.path);
    const { path } = await makeImage('inc.raw', SHORT, changes, parent);
    await demandEqual(path, makeRawFile(at('expected.raw'), SHORT, [...base, ...changes]));
    expect(readFileSync(parent.path).equals(before)).toBe(true);
  });

  it('keeps the holes of its base, and does not fill them with zeros', async () => {
    const size = 2048 * GIB;
    const parent = await makeImage('base.raw', size, [data(GIB, pattern(BLOCK, 1))]);
    const { path } = await makeImage(
      'inc.raw',
      size,
      [zeros(2 * GIB, 64 * MIB), data(0, pattern(512, 1))],
      parent,
    );
    expect(allocated(path)).toBeLessThanOrEqual(BLOCK + 4 * KIB);
  });

  it('keeps zeros as holes where no tool tells where they are', async () => {
    const base = makeRawFile(at('base.raw'), 64 * MIB, [
      data(MIB, pattern(BLOCK, 1)),
      zeros(8 * MIB, 8 * MIB),
    ]);
    const [source, target] = [await InputFile.open(base), await OutputFile.create(at('copy.raw'))];
    await copySparse(source, target);
    await target.close();
    await source.close();
    await demandEqual(at('copy.raw'), base);
    expect(allocated(at('copy.raw'))).toBeLessThanOrEqual(BLOCK + 4 * KIB);
  });

  it('grows the disk', async () => {
    const parent = await makeImage('base.raw', SHORT, base);
    const changes = [data(8 * MIB, pattern(BLOCK, 5))];
    const { path } = await makeImage('inc.raw', 9 * MIB, changes, parent);
    expect(statSync(path).size).toBe(9 * MIB);
    await demandEqual(path, makeRawFile(at('expected.raw'), 9 * MIB, [...base, ...changes]));
  });

  it('needs a raw base that is there', async () => {
    const options = { path: at('inc.raw'), finalPath: at('inc.raw'), sizeBytes: SHORT };
    const parent = { path: at('base.vhd'), format: 'vhd', sizeBytes: SHORT } as const;
    await expect(createRaw({ ...options, parent })).rejects.toMatchObject({
      failure: { code: 'image-parent-mismatch' },
    });
    await expect(createRaw({ ...options, parent: { ...parent, format: 'raw' } })).rejects.toMatchObject({
      failure: { code: 'image-not-found' },
    });
    expect(existsSync(at('inc.raw'))).toBe(false);
  });
});

describe('the raw reader and writer', () => {
  it('read any piece, and say when the file has become shorter', async () => {
    const { path } = await makeImage('full.raw', SHORT, [data(0, pattern(SHORT, 1))]);
    const image = await openRaw(path);
    expect((await readRange(image, 511, 1026)).equals(pattern(SHORT, 1).subarray(511, 1537))).toBe(true);
    writeFileSync(path, 'short');
    await expect(readRange(image, MIB, 512)).rejects.toMatchObject({ failure: { code: 'image-truncated' } });
    await image.close();
    await image.close();
  });

  it('never overwrite a file', async () => {
    writeFileSync(at('there.raw'), 'precious');
    await expect(makeImage('there.raw', SHORT, [])).rejects.toMatchObject({
      failure: { code: 'target-exists' },
    });
    expect(readFileSync(at('there.raw'), 'utf8')).toBe('precious');
  });
});
