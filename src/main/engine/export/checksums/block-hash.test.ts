import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import xxhash from 'xxhash-wasm';
import { loadBlockHasher } from './block-hash';

const LENGTHS = [0, 1, 3, 4, 7, 8, 31, 32, 33, 511, 512, 65_535, 65_536];

describe('the checksum of a block', async () => {
  const library = await xxhash();
  const h64Raw = (bytes: Uint8Array) => library.h64Raw(bytes);

  it('is what the library says, wherever the block lies', async () => {
    const hash = await loadBlockHasher();
    const own = hash.allocate!(3 * 65_536);
    fc.assert(
      fc.property(fc.constantFrom(...LENGTHS), fc.nat(65_536), (length, start) => {
        const data = randomBytes(length);
        const elsewhere = Buffer.concat([randomBytes(start), data, randomBytes(9)]);
        data.copy(own, start);
        const expected = h64Raw(data);
        expect(hash(own, start, length)).toBe(expected);
        expect(hash(elsewhere, start, length)).toBe(expected);
        expect(hash(own.subarray(start), 0, length)).toBe(expected);
      }),
      { seed: 1, numRuns: 200 },
    );
    expect(hash(Buffer.alloc(0), 0, 0)).toBe(0xef46db3751d8e999n); // xxHash's own test vector
  });

  it('leaves memory alone that was given away, and has more when its own is used up', async () => {
    const hash = await loadBlockHasher();
    const pieces = Array.from({ length: 40 }, () => hash.allocate!(2 * 1024 * 1024));
    for (const [at, piece] of pieces.entries()) piece.fill(at + 1);
    const other = Buffer.alloc(65_536, 0x77);
    expect(hash(other, 0, other.length)).toBe(h64Raw(other));
    for (const [at, piece] of pieces.entries()) {
      expect(piece.length).toBe(2 * 1024 * 1024);
      expect(piece.every((byte) => byte === at + 1)).toBe(true);
      expect(hash(piece, 4096, 65_536)).toBe(h64Raw(piece.subarray(4096, 4096 + 65_536)));
    }
    expect(new Set(pieces.map(({ buffer }) => buffer)).size).toBeGreaterThan(1);
  });

  it('refuses what is no block', async () => {
    const hash = await loadBlockHasher();
    expect(() => hash(Buffer.alloc(65_537), 0, 65_537)).toThrow(RangeError);
  });
});
