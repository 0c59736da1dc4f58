import { openSync, closeSync, ftruncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { blockCount } from '../../src/shared/blocks/extent';
import { MOST_DISK_BYTES } from '../../src/shared/blocks/disk-size';
import { toFailure } from '../../src/shared/model/failure';
import { decodeHeader, encodeHeader } from '../../src/main/engine/export/checksums/layout';
import { ChecksumReader } from '../../src/main/engine/export/checksums/reader';
import { openImage } from '../../src/main/engine/image/index';
import { encodeFooter } from '../../src/main/engine/image/vhd/footer';
import { MAGIC } from '../../src/main/engine/image/qcow2/format';
import { memoryFolder } from '../fixtures/exporting';

/** Files that claim to hold disks of any size: no more than one bit for each block of the largest disk is ever taken. */
const RUNS = { numRuns: 150, seed: 20261128 };
const folder = memoryFolder();
afterAll(() => folder.remove());

const sizes = fc.oneof(
  fc.constantFrom(
    0n,
    512n,
    BigInt(MOST_DISK_BYTES),
    BigInt(MOST_DISK_BYTES) + 512n,
    5n * 1024n ** 5n,
    2n ** 53n,
    2n ** 63n,
  ),
  fc.bigInt({ min: 0n, max: 2n ** 54n }).map((units) => units * 512n),
);

/** A header as large as a first cluster, with an L1 table at the second one, as far as there is room for one. */
function qcow2(size: bigint): Buffer {
  const bytes = Buffer.alloc(3 * 65_536);
  bytes.writeUInt32BE(MAGIC, 0);
  bytes.writeUInt32BE(3, 4);
  bytes.writeUInt32BE(21, 20); // clusters of 2 MiB: the smallest L1 table
  bytes.writeBigUInt64BE(size, 24);
  bytes.writeUInt32BE(4_194_304, 36);
  bytes.writeBigUInt64BE(2n ** 21n, 40);
  bytes.writeBigUInt64BE(2n ** 26n, 48);
  bytes.writeUInt32BE(1, 56);
  bytes.writeUInt32BE(4, 96);
  bytes.writeUInt32BE(104, 100);
  return bytes;
}
const fixedVhd = (size: bigint): Buffer =>
  encodeFooter({
    diskType: 2,
    sizeBytes: Number(size),
    headerOffset: 0,
    timestamp: 0,
    uuid: '6f1a2b3c-0000-4000-8000-000000000001',
  });

/** Opens it, and holds what it then says against the bound. Returns the failure's code. */
async function open(path: string, format: 'raw' | 'vhd' | 'qcow2'): Promise<string | undefined> {
  try {
    const image = await openImage(path, { format });
    await image.close();
    expect(blockCount(image.sizeBytes)).toBeLessThanOrEqual(2 ** 30);
    return undefined;
  } catch (error) {
    const { code, message } = toFailure(error);
    expect(code).not.toBe('internal-error');
    expect(message).toMatch(/^\S.+\.$/s);
    return code;
  }
}

test.each(['vhd', 'qcow2'] as const)('a %s of any size is opened or refused by name', async (format) => {
  const path = join(folder.path, `any.${format}`);
  const seen = new Set<string | undefined>();
  await fc.assert(
    fc.asyncProperty(sizes, async (size) => {
      const fd = openSync(path, 'w');
      if (format === 'qcow2') {
        writeSync(fd, qcow2(size));
        ftruncateSync(fd, 2 ** 27);
      } else {
        // A fixed VHD is as long as its disk, with a footer behind it.
        writeSync(fd, fixedVhd(size), 0, 512, size < 2n ** 60n ? Number(size) : 0);
      }
      closeSync(fd);
      const code = await open(path, format);
      seen.add(code);
      if (size > BigInt(MOST_DISK_BYTES)) expect(code).toMatch(/^image-(too-large|corrupt|truncated)$/);
    }),
    RUNS,
  );
  expect([...seen]).toContain('image-too-large');
});

test('a raw file larger than any disk is refused', async () => {
  const path = join(folder.path, 'huge.raw');
  const fd = openSync(path, 'w');
  ftruncateSync(fd, 5 * 1024 ** 5);
  closeSync(fd);
  expect(await open(path, 'raw')).toBe('image-too-large');
});

test('a checksum file of a disk of any size is opened or refused by name', async () => {
  const path = join(folder.path, 'any.sums');
  await fc.assert(
    fc.asyncProperty(sizes, async (size) => {
      const header = encodeHeader(0);
      header.writeBigUInt64LE(size, 24);
      try {
        expect(blockCount(decodeHeader(header, path))).toBeLessThanOrEqual(2 ** 30);
        expect(size).toBeLessThanOrEqual(MOST_DISK_BYTES);
        writeFileSync(path, header);
        const sums = await ChecksumReader.open(path);
        await sums.close();
      } catch (error) {
        expect(toFailure(error).code).toBe('checksums-damaged');
      }
    }),
    RUNS,
  );
});
