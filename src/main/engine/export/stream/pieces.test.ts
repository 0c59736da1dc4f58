import { expect, it } from 'vitest';
import { ByteReader } from './byte-reader';
import { rawPieces } from './pieces';

const MIB = 1024 * 1024;
const SIZE = 2 * MIB + 512;

/** In chunks that end anywhere. */
function* chunksOf(bytes: Buffer): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 700_001) yield new Uint8Array(bytes.subarray(at, at + 700_001));
}

async function read(bytes: Buffer): Promise<Buffer> {
  const chunks = { [Symbol.asyncIterator]: () => toAsync(chunksOf(bytes)) };
  const pieces: Buffer[] = [];
  for await (const piece of rawPieces(new ByteReader(chunks), SIZE)) pieces.push(Buffer.from(piece.data()));
  return Buffer.concat(pieces);
}

async function* toAsync(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
  return Promise.resolve();
}

const disk = Buffer.alloc(SIZE, 7);

it.each([0, 1, 3 * MIB])('a raw stream that is rounded up by %i bytes is the disk', async (more) => {
  expect((await read(Buffer.concat([disk, Buffer.alloc(more)]))).equals(disk)).toBe(true);
});

it.each([1, 3 * MIB])('a raw stream with data behind the end, %i bytes on, is another disk', async (more) => {
  const larger = Buffer.concat([disk, Buffer.alloc(more)]);
  larger[larger.length - 1] = 1;
  await expect(read(larger)).rejects.toMatchObject({ failure: { code: 'stream-unexpected' } });
});

it('a raw stream that is shorter is not whole', async () => {
  const shorter = disk.subarray(0, SIZE - 1);
  await expect(read(shorter)).rejects.toMatchObject({ failure: { code: 'stream-truncated' } });
});
