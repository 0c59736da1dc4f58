import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BlockBitmap } from './bitmap';
import { CBT_BLOCK_SIZE } from './extent';
import { SparseBitmap } from './sparse-bitmap';

const BLOCKS = 3 * 8192 + 1000;

it('holds what a bitmap in one piece holds, after any changes', () => {
  const change = fc.record({
    first: fc.nat(BLOCKS - 1),
    length: fc.oneof(fc.nat(20), fc.nat(BLOCKS + 10)),
    present: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
      const sparse = new SparseBitmap(BLOCKS);
      const plain = BlockBitmap.empty(BLOCKS * CBT_BLOCK_SIZE);
      for (const { first, length, present } of changes) {
        sparse.set(first, first + length, present);
        for (let block = first; block < Math.min(BLOCKS, first + length); block++)
          if (present) plain.set(block);
          else plain.bytes[block >> 3] &= ~(0x80 >> (block & 7));
      }
      expect(Buffer.compare(sparse.pack().unpack(), plain.bytes)).toBe(0);
      expect([...sparse.runs()]).toEqual([...plain.runs()]);
    }),
    { seed: 3 },
  );
});

it('takes little room for a disk of 16 TiB that is set in a few places, or nearly everywhere', () => {
  const blocks = (16 * 1024 ** 4) / CBT_BLOCK_SIZE;
  const sparse = new SparseBitmap(blocks);
  for (let at = 0; at < blocks; at += 1_000_000) sparse.set(at, at + 3, true);
  expect(sparse.pack().size).toBeLessThan(512 * 1024);
  sparse.set(0, blocks, true);
  sparse.set(77, 78, false);
  expect(sparse.pack().size).toBeLessThan(256 * 1024);
});
