import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Coverage } from './coverage';

test('is complete once every byte is there, in any order', () => {
  const cut = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 20 });
  fc.assert(
    fc.property(cut, fc.infiniteStream(fc.nat()), (cuts, order) => {
      const edges = [0, ...cuts.sort((a, b) => a - b), 100];
      const pieces = edges
        .slice(1)
        .map((to, i) => ({ from: edges[i], to, rank: order.next().value as number }));
      pieces.sort((a, b) => a.rank - b.rank);
      const coverage = new Coverage(100);
      for (const [i, { from, to }] of pieces.entries()) {
        expect(coverage.complete).toBe(false);
        expect(coverage.add(from, to)).toBe(true);
        expect(coverage.end).toBe(Math.max(...pieces.slice(0, i + 1).map((piece) => piece.to)));
      }
      expect(coverage.complete).toBe(true);
    }),
  );
});

test('agrees with a list of bytes about what overlaps', () => {
  const range = fc.tuple(fc.integer({ min: -2, max: 34 }), fc.integer({ min: -2, max: 34 }));
  fc.assert(
    fc.property(fc.array(range, { maxLength: 30 }), (ranges) => {
      const coverage = new Coverage(32);
      const seen = new Set<number>();
      for (const [from, to] of ranges) {
        const bytes = Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
        const fits = bytes.length > 0 && bytes.every((byte) => byte >= 0 && byte < 32 && !seen.has(byte));
        expect(coverage.add(from, to)).toBe(fits);
        if (fits) for (const byte of bytes) seen.add(byte);
        expect(coverage.complete).toBe(seen.size === 32);
      }
    }),
  );
});

test('refuses to keep a list without end', () => {
  const coverage = new Coverage(1 << 20);
  let added = 0;
  while (coverage.add(added * 2, added * 2 + 1)) added++;
  expect(added).toBe(4096);
});
