import { truncateSync, writeFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { openQcow2 } from '../../src/main/engine/image/qcow2/reader';
import { FailureError } from '../../src/shared/model/failure';
import { pattern, readRange } from '../fixtures/image-source';
import { tempDir } from '../fixtures/temp-dir';

const CLUSTER = 4096;
const dir = tempDir();
afterAll(() => dir.remove());

/** A small image with every kind of cluster: header, refcount table, refcount block, L1, L2, data. */
function sound(): Buffer {
  const image = Buffer.alloc(8 * CLUSTER);
  image.writeUInt32BE(0x514649fb, 0);
  image.writeUInt32BE(3, 4);
  image.writeUInt32BE(12, 20);
  image.writeBigUInt64BE(BigInt(500 * CLUSTER), 24);
  image.writeUInt32BE(1, 36);
  image.writeBigUInt64BE(BigInt(3 * CLUSTER), 40);
  image.writeBigUInt64BE(BigInt(CLUSTER), 48);
  image.writeUInt32BE(1, 56);
  image.writeUInt32BE(4, 96);
  image.writeUInt32BE(104, 100);
  image.writeBigUInt64BE(BigInt(2 * CLUSTER), CLUSTER);
  for (let cluster = 0; cluster < 8; cluster++) image.writeUInt16BE(1, 2 * CLUSTER + 2 * cluster);
  const copied = 1n << 63n;
  image.writeBigUInt64BE(copied | BigInt(4 * CLUSTER), 3 * CLUSTER);
  image.writeBigUInt64BE(copied | BigInt(5 * CLUSTER), 4 * CLUSTER);
  image.writeBigUInt64BE(copied | BigInt(6 * CLUSTER), 4 * CLUSTER + 8);
  image.writeBigUInt64BE(1n, 4 * CLUSTER + 16);
  image.writeBigUInt64BE((1n << 62n) | BigInt(7 * CLUSTER), 4 * CLUSTER + 24);
  pattern(2 * CLUSTER, 1).copy(image, 5 * CLUSTER);
  deflateRawSync(Buffer.alloc(CLUSTER, 'text ')).copy(image, 7 * CLUSTER);
  return image;
}

/** Everything a reader can be asked; each answer is a value or a failure that can be shown, never a bug. */
async function useAll(path: string): Promise<void> {
  const demandFailure = (error: unknown): undefined => {
    expect(error).toBeInstanceOf(FailureError);
  };
  const image = await openQcow2(path).catch(demandFailure);
  if (!image) return;
  const size = Math.min(image.sizeBytes, 600 * CLUSTER);
  await readRange(image, 0, size).catch(demandFailure);
  await readRange(image, Math.max(0, image.sizeBytes - CLUSTER), Math.min(CLUSTER, image.sizeBytes)).catch(
    demandFailure,
  );
  try {
    let end = 0;
    for await (const extent of image.stored()) {
      expect(extent.offset).toBeGreaterThanOrEqual(end);
      expect(extent.length).toBeGreaterThan(0);
      end = extent.offset + extent.length;
    }
    expect(end).toBeLessThanOrEqual(image.sizeBytes);
  } catch (error) {
    demandFailure(error);
  }
  const faults = await image.check().catch(demandFailure);
  if (faults) expect(faults.length).toBeLessThan(1100);
  await image.close();
}

test('the image that is damaged below is sound', async () => {
  const path = join(dir.path, 'sound.qcow2');
  writeFileSync(path, sound());
  const image = await openQcow2(path);
  expect(await image.check()).toEqual([]);
  expect((await readRange(image, 3 * CLUSTER, CLUSTER)).equals(Buffer.alloc(CLUSTER, 'text '))).toBe(true);
  await image.close();
});

/** Positions where a change matters: header, refcount table and block, L1, L2, the compressed cluster. */
const position = fc.oneof(
  fc.nat(112),
  fc.nat(64).map((at) => CLUSTER + at),
  fc.nat(64).map((at) => 2 * CLUSTER + at),
  fc.nat(16).map((at) => 3 * CLUSTER + at),
  fc.nat(64).map((at) => 4 * CLUSTER + at),
  fc.nat(64).map((at) => 7 * CLUSTER + at),
);
const value = fc.oneof(
  fc.bigInt(0n, 2n ** 64n - 1n),
  fc.nat(63).map((bit) => 1n << BigInt(bit)),
  fc.nat(9).map((cluster) => BigInt(cluster * CLUSTER)),
  fc.nat(9).map((cluster) => (1n << 63n) | BigInt(cluster * CLUSTER)),
  fc.constantFrom(0n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 64n - 1n),
);
const change = fc.record({ position, value, width: fc.constantFrom(1, 4, 8) });

test('a damaged image gives failures, never a bug or a hang', async () => {
  const path = join(dir.path, 'damaged.qcow2');
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 6 }),
      fc.option(fc.nat(8 * CLUSTER)),
      async (changes, cut) => {
        const image = sound();
        for (const { position: at, value: to, width } of changes) {
          if (width === 8) image.writeBigUInt64BE(to, at);
          else if (width === 4) image.writeUInt32BE(Number(to & 0xffffffffn), at);
          else image.writeUInt8(Number(to & 0xffn), at);
        }
        writeFileSync(path, image);
        if (cut !== null) truncateSync(path, cut);
        await useAll(path);
      },
    ),
    { seed: 7, numRuns: 2500 },
  );
}, 120_000);
