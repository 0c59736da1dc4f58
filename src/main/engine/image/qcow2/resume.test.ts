import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createImage, openImage, resumeImage } from '../index';
import type { CreateImageOptions } from '../types';
import { readUint64 } from './format';

const CLUSTER = 65_536;
const STORED = 4 * CLUSTER;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deltascope-qcow2-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** An image of ten blocks, the first four of them stored. */
async function unfinished(): Promise<CreateImageOptions> {
  const path = join(folder, 'disk.qcow2');
  const options = { path, finalPath: path, sizeBytes: 10 * CLUSTER };
  const begun = await createImage('qcow2', options);
  await begun.write(0, Buffer.alloc(STORED, 7), 0, STORED);
  await begun.sync();
  await begun.abort();
  return options;
}

/** Flips bits of entry `index` in the L1 table, or in the first L2 table. */
function flip(path: string, table: 'L1' | 'L2', index: number, bits: bigint): void {
  const file = openSync(path, 'r+');
  const entry = Buffer.alloc(8);
  readSync(file, entry, 0, 8, CLUSTER);
  const start = table === 'L1' ? CLUSTER : readUint64(entry, 0) % 2 ** 56;
  readSync(file, entry, 0, 8, start + index * 8);
  entry.writeBigUInt64BE(entry.readBigUInt64BE() ^ bits);
  writeSync(file, entry, 0, 8, start + index * 8);
  closeSync(file);
}

it.each([
  ['a bit without a meaning', 'L2', 0, 2n],
  ['no mark that nothing else uses the cluster', 'L2', 0, 1n << 63n],
  ['a compressed cluster', 'L2', 0, 1n << 62n],
  ['zeros behind the end of the disk', 'L2', 10, 1n],
  ['stale bits behind the end of the disk', 'L2', 100, 0xabn | (5n << 56n)],
  ['a bit without a meaning for a table', 'L1', 0, 1n],
  ['a table without its mark', 'L1', 0, 1n << 63n],
] as const)('what a power cut left in an entry is dropped: %s', async (_, table, index, bits) => {
  const options = await unfinished();
  flip(options.path, table, index, bits);
  const resumed = await resumeImage('qcow2', options);
  const isStored = table === 'L2' && index < 4;
  const lost = table === 'L1' ? STORED : isStored ? CLUSTER : 0;
  if (lost > 0) expect(resumed.holds(0, lost)).toBe('none');
  if (lost < STORED) expect(resumed.holds(lost, STORED - lost)).toBe('all');
  await resumed.finish();
  const image = await openImage(options.path);
  expect(await image.check()).toEqual([]);
  await image.close();
});
