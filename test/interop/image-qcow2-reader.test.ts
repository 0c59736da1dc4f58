import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StoredExtent } from '../../src/main/engine/image/types';
import { openQcow2 } from '../../src/main/engine/image/qcow2/reader';
import { collect, pattern, readRange } from '../fixtures/image-source';
import { qemuImg, qemuIo } from '../fixtures/qemu-img';
import { tempDir } from '../fixtures/temp-dir';

const KIB = 1024;
const MIB = 1024 * KIB;
const SIZE = 9 * MIB + 512;

const dir = tempDir();
const at = (name: string): string => join(dir.path, name);
let content: Buffer;

beforeAll(() => {
  content = Buffer.alloc(SIZE);
  pattern(700 * KIB, 1).copy(content, 0);
  content.fill('compressible ', 2 * MIB, 3 * MIB + 300);
  pattern(512, 2).copy(content, 5 * MIB + 512);
  pattern(70 * KIB, 3).copy(content, SIZE - 70 * KIB);
  writeFileSync(at('disk.raw'), content);
});
afterAll(() => dir.remove());

/** What the image itself stores according to `qemu-img map`. */
async function mapOf(path: string): Promise<StoredExtent[]> {
  type Row = { start: number; length: number; depth: number; present: boolean; zero: boolean };
  const rows = JSON.parse(await qemuImg('map', '--output=json', '-f', 'qcow2', path)) as Row[];
  const merged: StoredExtent[] = [];
  for (const { start, length, depth, present, zero } of rows) {
    if (depth !== 0 || !present) continue;
    const kind = zero ? 'zero' : 'data';
    const last = merged.at(-1);
    if (last?.kind === kind && last.offset + last.length === start) {
      merged[merged.length - 1] = { ...last, length: last.length + length };
    } else merged.push({ offset: start, length, kind });
  }
  return merged;
}

async function demandReads(path: string, expected: Buffer): Promise<StoredExtent[]> {
  const image = await openQcow2(path);
  try {
    expect(image.sizeBytes).toBe(expected.length);
    expect((await readRange(image, 0, expected.length)).equals(expected)).toBe(true);
    for (const [offset, length] of [
      [1, 1],
      [700 * KIB - 3, 9],
      [2 * MIB - 5, MIB],
      [SIZE - 7, 7],
    ] as const) {
      expect(
        (await readRange(image, offset, length)).equals(expected.subarray(offset, offset + length)),
      ).toBe(true);
    }
    expect(await image.check()).toEqual([]);
    return await collect(image.stored());
  } finally {
    await image.close();
  }
}

describe('images made by qemu-img', () => {
  const variants: [string, string[]][] = [
    ['default', []],
    ['version 2', ['-o', 'compat=0.10']],
    ['clusters of 512 bytes', ['-o', 'cluster_size=512']],
    ['clusters of 4 KiB', ['-o', 'cluster_size=4k']],
    ['clusters of 2 MiB', ['-o', 'cluster_size=2M']],
    ['refcounts of 1 bit', ['-o', 'refcount_bits=1']],
    ['refcounts of 8 bits', ['-o', 'refcount_bits=8']],
    ['refcounts of 64 bits', ['-o', 'refcount_bits=64']],
    ['lazy refcounts', ['-o', 'lazy_refcounts=on']],
    ['metadata preallocated', ['-o', 'preallocation=metadata']],
    ['fully preallocated', ['-o', 'preallocation=full']],
    ['compressed', ['-c']],
    ['compressed, version 2', ['-c', '-o', 'compat=0.10']],
    ['compressed, clusters of 512 bytes', ['-c', '-o', 'cluster_size=512']],
    ['compressed, clusters of 2 MiB', ['-c', '-o', 'cluster_size=2M']],
  ];
  it.each(variants)('%s', async (name, options) => {
    const path = at(`${name}.qcow2`);
    await qemuImg('convert', '-f', 'raw', '-O', 'qcow2', ...options, at('disk.raw'), path);
    const stored = await demandReads(path, content);
    if (!options.some((option) => option.startsWith('preallocation')))
      expect(stored).toEqual(await mapOf(path));
  });

  it('with internal snapshots and bitmaps, which use clusters of their own', async () => {
    const path = at('snapshots.qcow2');
    await qemuImg('convert', '-f', 'raw', '-O', 'qcow2', at('disk.raw'), path);
    await qemuImg('snapshot', '-c', 'before', path);
    await qemuImg('bitmap', '--add', path, 'dirty');
    await qemuIo(path, 'qcow2', 'write -P 9 64k 128k');
    const expected = Buffer.from(content);
    expected.fill(9, 64 * KIB, 192 * KIB);
    await demandReads(path, expected);
  });

  it('with a backing file: data, zeros, compressed and holes on top', async () => {
    copyFileSync(at('disk.raw'), at('backing.raw'));
    await qemuImg(
      'convert',
      '-f',
      'raw',
      '-O',
      'qcow2',
      '-o',
      'cluster_size=4k',
      at('backing.raw'),
      at('base.qcow2'),
    );
    await qemuImg(
      'create',
      '-q',
      '-f',
      'qcow2',
      '-b',
      'base.qcow2',
      '-F',
      'qcow2',
      at('top.qcow2'),
      String(SIZE + MIB),
    );
    await qemuIo(
      at('top.qcow2'),
      'qcow2',
      'write -P 1 0 64k',
      'write -z 128k 128k',
      'write -P 3 320k 64k',
      'write -P 4 9280k 64k',
    );
    await qemuIo(at('top.qcow2'), 'qcow2', 'write -c -P 7 2M 64k');
    await qemuImg('convert', '-f', 'qcow2', '-O', 'raw', at('top.qcow2'), at('top.raw'));
    const base = await openQcow2(at('base.qcow2'));
    const top = await openQcow2(at('top.qcow2'), { parent: base });
    expect(top.parentLink).toEqual({ path: 'base.qcow2', format: 'qcow2', uuid: undefined });
    expect((await readRange(top, 0, top.sizeBytes)).equals(readFileSync(at('top.raw')))).toBe(true);
    expect(await collect(top.stored())).toEqual(await mapOf(at('top.qcow2')));
    expect(await top.check()).toEqual([]);
    await top.close();
    await base.close();

    const alone = await openQcow2(at('top.qcow2'));
    expect((await readRange(alone, 0, 64 * KIB)).equals(Buffer.alloc(64 * KIB, 1))).toBe(true);
    await expect(readRange(alone, 0, 2 * MIB)).rejects.toMatchObject({
      failure: { code: 'image-parent-needed' },
    });
    await alone.close();
  });
});

describe('images that need what the reader does not do', () => {
  const cases: [string, RegExp, string[]][] = [
    ['zstd', /zstd/, ['-o', 'compression_type=zstd']],
    ['extended L2', /extended L2/, ['-o', 'extended_l2=on']],
    ['external data file', /external data file/, ['-o', `data_file=${join(dir.path, 'outside.raw')}`]],
    [
      'AES',
      /encryption \(method 1\)/,
      ['--object', 'secret,id=key,data=secret', '-o', 'encrypt.format=aes,encrypt.key-secret=key'],
    ],
  ];
  it.each(cases)('are refused by name: %s', async (name, message, options) => {
    const path = at(`refused ${name}.qcow2`);
    await qemuImg('create', '-q', '-f', 'qcow2', ...options, path, '1M');
    await expect(openQcow2(path)).rejects.toMatchObject({
      failure: { code: 'image-unsupported', message: expect.stringMatching(message) },
    });
  });
});

describe('check', () => {
  it('reports an image that its writer did not close', async () => {
    const path = at('dirty.qcow2');
    await qemuImg('create', '-q', '-f', 'qcow2', '-o', 'lazy_refcounts=on', path, '1M');
    await qemuIo(path, 'qcow2', 'write 0 64k', 'abort').catch(() => undefined);
    const image = await openQcow2(path);
    expect(await image.check()).toEqual([
      { fileOffset: 72, message: expect.stringMatching(/not closed properly/) },
    ]);
    await image.close();
  });
});
