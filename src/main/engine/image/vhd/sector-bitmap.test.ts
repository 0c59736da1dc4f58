import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sectorRuns, setSectors } from './sector-bitmap';

describe('a sector bitmap', () => {
  it('has its first sector in the most significant bit', () => {
    const bitmap = Buffer.alloc(3);
    setSectors(bitmap, 1, 2);
    setSectors(bitmap, 11, 10);
    expect(bitmap.toString('hex')).toBe('601ff8');
    expect([...sectorRuns(Buffer.from('601ff8', 'hex'), 0, 24)]).toEqual([
      [1, 3],
      [11, 21],
    ]);
  });

  it('cuts runs at the ends of the range', () => {
    expect([...sectorRuns(Buffer.from('ffff', 'hex'), 3, 13)]).toEqual([[3, 13]]);
    expect([...sectorRuns(Buffer.from('0001', 'hex'), 0, 15)]).toEqual([]);
    expect([...sectorRuns(Buffer.from('ffff', 'hex'), 5, 5)]).toEqual([]);
  });

  it('gives back what was set', () => {
    const range = fc.tuple(fc.nat(4095), fc.integer({ min: 1, max: 600 }));
    fc.assert(
      fc.property(fc.array(range, { maxLength: 12 }), fc.nat(4096), fc.nat(4096), (ranges, a, b) => {
        const bitmap = Buffer.alloc(512);
        const model = new Uint8Array(4096);
        for (const [first, count] of ranges) {
          const fitting = Math.min(count, 4096 - first);
          setSectors(bitmap, first, fitting);
          model.fill(1, first, first + fitting);
        }
        const [from, to] = a < b ? [a, b] : [b, a];
        const found = new Uint8Array(4096);
        let last = -1;
        for (const [first, end] of sectorRuns(bitmap, from, to)) {
          expect(first).toBeGreaterThan(last);
          expect(end).toBeGreaterThan(first);
          last = end;
          found.fill(1, first, end);
        }
        expect(found.subarray(from, to)).toEqual(model.subarray(from, to));
      }),
      { seed: 3, numRuns: 200 },
    );
  });
});
