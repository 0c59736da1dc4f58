import { describe, expect, it } from 'vitest';
import { formatOffset, ticks } from './offsets';

const [KIB, MIB, GIB] = [1024, 1024 ** 2, 1024 ** 3];

describe('formatOffset', () => {
  it('has the digits that tell neighbours apart, and no more', () => {
    expect(formatOffset(0, 64 * KIB)).toBe('0 B');
    expect(formatOffset(64 * KIB, 64 * KIB)).toBe('64 KiB');
    expect(formatOffset(10 * GIB, 64 * KIB)).toBe('10 GiB');
    for (const start of [7 * GIB, 7 * 1024 * GIB]) {
      const texts = Array.from({ length: 2000 }, (_, n) => formatOffset(start + n * 64 * KIB, 64 * KIB));
      expect(new Set(texts).size).toBe(2000);
    }
  });
});

describe('ticks', () => {
  it('are round, in the row that holds them, and not too close', () => {
    const rowBytes = 171 * 512 * KIB;
    const found = ticks(rowBytes, 0, 96, 9);
    expect(found.slice(0, 3).map(({ text }) => text)).toEqual(['0', '1 GiB', '2 GiB']);
    for (const [n, { row }] of found.entries()) {
      expect(row * rowBytes).toBeLessThanOrEqual(n * GIB);
      expect((row + 1) * rowBytes).toBeGreaterThan(n * GIB);
      if (n > 0) expect(row - found[n - 1].row).toBeGreaterThanOrEqual(9);
    }
  });

  it('begin where the window begins', () => {
    expect(ticks(36 * 64 * KIB, 10_000, 10_010, 2)).toEqual([
      { row: 10_001, text: '22,504 MiB' },
      { row: 10_005, text: '22,512 MiB' },
      { row: 10_008, text: '22,520 MiB' },
    ]);
    expect(ticks(2 * MIB, 4, 5, 1)).toEqual([{ row: 4, text: '8 MiB' }]);
  });

  it('are written in the largest unit that needs few digits', () => {
    const texts = (step: number, from: number, end: number) =>
      ticks(step, from / step, end / step, 1).map(({ text }) => text);
    expect(texts(256 * MIB, 0, 1792 * MIB)).toEqual([
      '0',
      '256 MiB',
      '512 MiB',
      '768 MiB',
      '1 GiB',
      '1.25 GiB',
      '1.5 GiB',
    ]);
    expect(texts(128 * MIB, GIB, 1408 * MIB)).toEqual(['1 GiB', '1.125 GiB', '1.25 GiB']);
    expect(texts(64 * MIB, 960 * MIB, 1152 * MIB)).toEqual(['960 MiB', '1 GiB', '1,088 MiB']);
    expect(texts(64 * KIB, 22 * GIB, 22 * GIB + 128 * KIB)).toEqual(['22 GiB', '23,068,736 KiB']);
  });
});
