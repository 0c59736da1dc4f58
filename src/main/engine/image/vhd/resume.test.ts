import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BlockBuffer } from '../../block-io/block-buffer';
import { createImage, describeParent, openChain, resumeImage } from '../index';
import type { CreateImageOptions } from '../types';

const KIB64 = 65_536;
const SIZE = 4 * 1024 * 1024;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deltascope-vhd-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** An increment in which one 64 KiB block is stored, on a base that holds data everywhere. */
async function unfinished(): Promise<CreateImageOptions> {
  const base = join(folder, 'full.vhd');
  const full = await createImage('vhd', { path: base, finalPath: base, sizeBytes: SIZE });
  for (const at of [0, SIZE / 2]) await full.write(at, Buffer.alloc(SIZE / 2, 7), 0, SIZE / 2);
  await full.finish();
  const path = join(folder, 'inc.vhd');
  const uuid = 'd19cb496-0000-4000-8000-000000000001';
  const options = { path, finalPath: path, sizeBytes: SIZE, uuid, parent: await describeParent(base) };
  const begun = await createImage('vhd', options);
  await begun.write(0, Buffer.alloc(KIB64, 9), 0, KIB64);
  await begun.sync();
  await begun.abort();
  return options;
}

it('zeros are zeros, whatever a power cut left in their place', async () => {
  const options = await unfinished();
  const { path } = options;
  const stored = readFileSync(path).indexOf(Buffer.alloc(KIB64, 9));
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(100, 0x55), 0, 100, stored + 3 * KIB64 + 4711);
  closeSync(file);
  const resumed = await resumeImage('vhd', options);
  // By its tables the file holds nothing there, so nobody reads it back.
  expect(resumed.holds(3 * KIB64, KIB64)).toBe('none');
  await resumed.zero(2 * KIB64, 2 * KIB64);
  // A block that is new in the file.
  await resumed.zero(SIZE / 2, KIB64);
  await resumed.finish();
  const chain = await openChain(path);
  const into = new BlockBuffer(SIZE);
  await chain.source.read(into, 0, SIZE);
  await chain.close();
  const wanted = Buffer.alloc(SIZE, 7).fill(9, 0, KIB64);
  for (const [from, length] of [
    [2 * KIB64, 2 * KIB64],
    [SIZE / 2, KIB64],
  ])
    wanted.fill(0, from, from + length);
  expect(into.data().equals(wanted)).toBe(true);
});
