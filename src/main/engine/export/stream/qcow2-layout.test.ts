import { describe, expect, it } from 'vitest';
import type { BlockBitmap } from '../../../../shared/blocks/bitmap';
import { FailureError } from '../../../../shared/model/failure';
import { ByteReader } from './byte-reader';
import { readQcow2Blocks } from './qcow2-layout';

const CLUSTER = 65_536;
const SIZE = 3 * 8192 * CLUSTER - 512;
const COPIED = 1n << 63n;
const ZERO = 1n;

/** Header, refcounts (never looked at), L1 with the second of three L2 tables, that table, and no data at all. */
function image(): { bytes: Buffer; l1: number; l2: number; data: number } {
  const [l1, l2, data] = [3 * CLUSTER, 4 * CLUSTER, 5 * CLUSTER];
  const bytes = Buffer.alloc(data);
  bytes.write('QFI\xfb', 0, 'latin1');
  bytes.writeUInt32BE(3, 4);
  bytes.writeUInt32BE(16, 20);
  bytes.writeBigUInt64BE(BigInt(SIZE), 24);
  bytes.writeUInt32BE(3, 36);
  bytes.writeBigUInt64BE(BigInt(l1), 40);
  bytes.writeUInt32BE(104, 100);
  bytes.writeBigUInt64BE(BigInt(l2) | COPIED, l1 + 8);
  bytes.writeBigUInt64BE(BigInt(data) | COPIED, l2);
  bytes.writeBigUInt64BE(BigInt(data + CLUSTER) | COPIED, l2 + 8);
  bytes.writeBigUInt64BE(ZERO, l2 + 5 * 8);
  bytes.writeBigUInt64BE(BigInt(data + 2 * CLUSTER) | COPIED | ZERO, l2 + 6 * 8);
  bytes.writeBigUInt64BE(BigInt(data + 3 * CLUSTER), l2 + 8191 * 8);
  return { bytes, l1, l2, data };
}

async function* inPieces(bytes: Buffer, piece: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
}

const read = (bytes: Buffer, differencing = false, piece = 10_007): Promise<BlockBitmap> =>
  readQcow2Blocks(new ByteReader(inPieces(bytes, piece)), { sizeBytes: SIZE, differencing });

const runs = (bitmap: BlockBitmap) => [...bitmap.runs()];

describe('a qcow2 stream', () => {
  it('names the clusters that may hold data, and with a base the zeros too', async () => {
    const { bytes } = image();
    expect(runs(await read(bytes))).toEqual([
      [8192, 8194],
      [16_383, 16_384],
    ]);
    expect(runs(await read(bytes, true))).toEqual([
      [8192, 8194],
      [8197, 8199],
      [16_383, 16_384],
    ]);
  });

  it('is read no further than its last L2 table', async () => {
    const { bytes, data } = image();
    let served = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for await (const part of inPieces(bytes, CLUSTER)) {
        served += part.length;
        yield part;
      }
      throw new Error('data was asked for');
    }
    await readQcow2Blocks(new ByteReader(endless()), { sizeBytes: SIZE, differencing: false });
    expect(served).toBe(data);
  });

  it('may leave out all L2 tables', async () => {
    const { bytes, l1 } = image();
    bytes.writeBigUInt64BE(0n, l1 + 8);
    expect((await read(bytes.subarray(0, l1 + CLUSTER))).count()).toBe(0);
  });
});

describe('is refused', () => {
  const u32 = (at: number, value: number) => (bytes: Buffer) => void bytes.writeUInt32BE(value, at);
  const u64 = (at: number, value: number | bigint) => (bytes: Buffer) =>
    void bytes.writeBigUInt64BE(BigInt(value), at);
  const { l1, l2, data } = image();

  it.each([
    ['no qcow2', u32(0, 0x636f6e65), 'does not begin'],
    ['version 2', u32(4, 2), 'version 3'],
    ['a backing file', u64(8, 200), 'not asked for'],
    ['other clusters', u32(20, 12), '2^12'],
    ['another size', u64(24, SIZE + 512), `holds ${SIZE + 512}`],
    ['a huge size', u64(24, (1n << 64n) - 1n), 'holds'],
    ['encryption', u32(32, 1), 'encrypted'],
    ['an external data file', u64(72, 4), 'features 0x4'],
    ['a short L1 table', u32(36, 2), '2 entries'],
    ['a long L1 table', u32(36, 0xffff_ffff), 'entries'],
    ['L1 in the header', u64(40, 0), 'L1 table is at 0'],
    ['L1 askew', u64(40, l1 + 512), 'L1 table is at'],
    ['L1 far away', u64(40, 1n << 40n), 'L1 table is at'],
    ['L2 backwards', u64(l1 + 16, CLUSTER), 'L2 table 2 is at'],
    ['L2 twice', u64(l1 + 16, l2), 'L2 table 2 is at'],
    ['L2 far away', u64(l1 + 16, 1n << 50n), 'L2 table 2 is at'],
    ['L2 nowhere', u64(l1 + 16, COPIED), 'L2 table 2 is at 0'],
    ['data within the tables', u64(l2, l2), 'cluster 8192 is at'],
    ['data twice', u64(l2 + 8, data), 'cluster 8193 is at'],
    ['data askew', u64(l2, data + 512), 'cluster 8192 is at'],
    ['data nowhere', u64(l2, COPIED), 'cluster 8192 is at 0'],
    ['compression', u64(l2, (1n << 62n) | BigInt(data)), 'is compressed'],
  ] as const)('%s', async (_name, spoil, why) => {
    const { bytes } = image();
    spoil(bytes);
    const failure = await read(bytes).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(FailureError);
    expect((failure as FailureError).failure).toMatchObject({
      code: 'stream-unexpected',
      details: expect.stringContaining(why) as string,
    });
  });

  it('a cluster beyond the end of the disk', async () => {
    const { bytes } = image();
    const sizeBytes = 2 * 8192 * CLUSTER - CLUSTER;
    bytes.writeBigUInt64BE(BigInt(sizeBytes), 24);
    bytes.writeUInt32BE(2, 36);
    await expect(
      readQcow2Blocks(new ByteReader(inPieces(bytes, CLUSTER)), { sizeBytes, differencing: false }),
    ).rejects.toMatchObject({ failure: { details: expect.stringContaining('beyond the disk') as string } });
  });

  it('an end within the tables', async () => {
    const { bytes } = image();
    await expect(read(bytes.subarray(0, l2 + 100))).rejects.toMatchObject({
      failure: { code: 'stream-truncated' },
    });
  });
});
