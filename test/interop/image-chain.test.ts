import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createImage, describeParent, detectFormat, openChain, openImage } from '../../src/main/engine/image';
import type { ImageFormat, ParentImage } from '../../src/main/engine/image/types';
import { applyTo, data, makeRawFile, zeros, type Change } from '../fixtures/changes';
import { pattern, readRange } from '../fixtures/image-source';
import { qemuImg } from '../fixtures/qemu-img';
import { tempDir } from '../fixtures/temp-dir';

const MIB = 1024 * 1024;
const BLOCK = 65_536;
const SIZE = 5 * MIB + 512;

let dir: ReturnType<typeof tempDir>;
const at = (name: string): string => join(dir.path, name);
beforeEach(() => (dir = tempDir()));
afterEach(() => dir.remove());

async function make(
  format: ImageFormat,
  name: string,
  changes: readonly Change[],
  parent?: ParentImage,
  sizeBytes = SIZE,
): Promise<ParentImage> {
  const sink = await createImage(format, { path: at(name), finalPath: at(name), sizeBytes, parent });
  await applyTo(sink, changes);
  await sink.finish();
  return describeParent(at(name));
}

const layers: Change[][] = [
  [data(0, pattern(3 * MIB, 1)), data(5 * MIB, pattern(512, 2))],
  [data(7 * BLOCK, pattern(BLOCK, 3)), zeros(9 * BLOCK, BLOCK)],
  [data(8 * BLOCK, pattern(2 * BLOCK, 4)), zeros(0, BLOCK)],
  [zeros(8 * BLOCK, BLOCK), data(60 * BLOCK, pattern(BLOCK, 5))],
];

async function makeChain(format: ImageFormat): Promise<string[]> {
  const chain: string[] = [];
  let parent: ParentImage | undefined;
  for (const [index, changes] of layers.entries()) {
    parent = await make(format, `${index}.${format}`, changes, parent);
    chain.unshift(parent.path);
  }
  return chain;
}

const failsWith = (code: string): object => ({ failure: { code } });

describe.each(['vhd', 'qcow2'] as const)('a chain of four %s images', (format) => {
  it('reads as the newest disk, and each link as its own state', async () => {
    const paths = await makeChain(format);
    const chain = await openChain(paths[0]);
    expect(chain.images.map(({ path }) => path)).toEqual(paths);
    for (const [index, image] of chain.images.entries()) {
      const raw = makeRawFile(at('expected.raw'), SIZE, layers.slice(0, layers.length - index).flat());
      expect((await readRange(image, 0, SIZE)).equals(readFileSync(raw))).toBe(true);
    }
    await chain.source.close();
    await chain.close();
  });

  it('names the base that is missing', async () => {
    const paths = await makeChain(format);
    rmSync(paths[2]);
    await expect(openChain(paths[0])).rejects.toMatchObject({
      failure: {
        code: 'image-parent-missing',
        message: expect.stringContaining(paths[1]),
        nextStep: expect.stringContaining(`1.${format}`),
      },
    });
  });

  it('refuses a base that leads back into the chain', async () => {
    const paths = await makeChain(format);
    rmSync(paths[3]);
    symlinkSync(paths[1], paths[3]);
    const code = format === 'vhd' ? 'image-parent-mismatch' : 'image-chain-loop';
    await expect(openChain(paths[0])).rejects.toMatchObject(failsWith(code));
  });

  it('refuses a base that is larger than its increment', async () => {
    const base = await make(format, `base.${format}`, [], undefined, SIZE + 512);
    await make(format, `inc.${format}`, [], base);
    await expect(openChain(at(`inc.${format}`))).rejects.toMatchObject(failsWith('image-parent-mismatch'));
  });
});

describe('a chain of VHDs', () => {
  it('refuses a swapped base by its uuid', async () => {
    const paths = await makeChain('vhd');
    const other = await make('vhd', 'other.vhd', layers[0]);
    copyFileSync(other.path, paths[3]);
    await expect(openChain(paths[0])).rejects.toMatchObject({
      failure: { code: 'image-parent-mismatch', message: expect.stringContaining('uuid') },
    });
  });

  it('refuses an image that is its own parent', async () => {
    const base = await make('vhd', 'base.vhd', []);
    const loop = { path: at('loop.vhd'), finalPath: at('loop.vhd'), sizeBytes: SIZE };
    const uuid = '00112233-4455-6677-8899-aabbccddeeff';
    const sink = await createImage('vhd', { ...loop, uuid, parent: { ...base, path: loop.path, uuid } });
    await sink.finish();
    await expect(openChain(loop.path)).rejects.toMatchObject(failsWith('image-chain-loop'));
  });

  it('finds its base by the absolute path when the increment alone was moved', async () => {
    const paths = await makeChain('vhd');
    mkdirSync(at('elsewhere'));
    renameSync(paths[0], at('elsewhere/3.vhd'));
    const chain = await openChain(at('elsewhere/3.vhd'));
    expect(chain.images.map(({ path }) => path)).toEqual([at('elsewhere/3.vhd'), ...paths.slice(1)]);
    await chain.close();
  });

  it('passes over a wrong file where a later path holds the right one', async () => {
    const paths = await makeChain('vhd');
    mkdirSync(at('elsewhere'));
    renameSync(paths[0], at('elsewhere/3.vhd'));
    const decoy = await make('vhd', 'decoy.vhd', []);
    renameSync(decoy.path, at('elsewhere/2.vhd'));
    const chain = await openChain(at('elsewhere/3.vhd'));
    expect(chain.images[1].path).toBe(paths[1]);
    await chain.close();
  });
});

describe('a qcow2 image on a raw base', () => {
  it('reads through it, whatever the raw disk begins with', async () => {
    const disguised = Buffer.concat([Buffer.from('QFI\xfb', 'latin1'), pattern(BLOCK, 1)]);
    const base = await make('raw', 'base.img', [data(0, disguised)]).catch(() => undefined);
    expect(base).toBeUndefined();
    const parent: ParentImage = { path: at('base.img'), format: 'raw', sizeBytes: SIZE };
    await make('qcow2', 'inc.qcow2', [zeros(0, BLOCK)], parent);
    const chain = await openChain(at('inc.qcow2'));
    expect(chain.images.map(({ format }) => format)).toEqual(['qcow2', 'raw']);
    expect((await readRange(chain.source, BLOCK, 4)).equals(disguised.subarray(BLOCK))).toBe(true);
    await chain.close();
  });
});

describe('opening an image', () => {
  it('tells formats by content where the name says nothing', async () => {
    makeRawFile(at('disk.raw'), SIZE, layers[0]);
    for (const [format, driver, options] of [
      ['raw', 'raw', []],
      ['qcow2', 'qcow2', []],
      ['vhd', 'vpc', []],
      ['vhd', 'vpc', ['-o', 'subformat=fixed']],
    ] as const) {
      await qemuImg('convert', '-f', 'raw', '-O', driver, ...options, at('disk.raw'), at('disk.img'));
      expect(await detectFormat(at('disk.img'))).toBe(format);
    }
  });

  it('believes a name that says raw, unfinished or not', async () => {
    await make('qcow2', 'disk.qcow2', []);
    for (const name of ['disk.raw', 'disk.RAW', 'disk.raw.partial']) {
      copyFileSync(at('disk.qcow2'), at(name));
      expect(await detectFormat(at(name))).toBe('raw');
    }
  });

  it('fails clearly for what is no image', async () => {
    writeFileSync(at('empty.vhd'), '');
    execFileSync('mkfifo', [at('pipe.vhd')]);
    await expect(openImage(at('none.vhd'))).rejects.toMatchObject(failsWith('image-not-found'));
    await expect(openImage(at('empty.vhd'))).rejects.toMatchObject(failsWith('image-corrupt'));
    await expect(openImage(at('pipe.vhd'))).rejects.toMatchObject(failsWith('image-not-a-file'));
    await expect(openImage(dir.path)).rejects.toMatchObject(failsWith('image-not-a-file'));
    await expect(openImage(at('empty.vhd/x.vhd'))).rejects.toMatchObject(failsWith('image-not-found'));
  });
});
