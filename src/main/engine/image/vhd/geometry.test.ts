import { describe, expect, it } from 'vitest';
import { geometryOf } from './geometry';

const sectors = (bytes: number): number => bytes / 512;
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

describe('the geometry of a disk', () => {
  it.each([
    // Worked by hand with the specification's algorithm.
    [sectors(4 * MIB), { cylinders: 120, heads: 4, sectorsPerTrack: 17 }],
    [sectors(10 * GIB), { cylinders: 20_805, heads: 16, sectorsPerTrack: 63 }],
    [sectors(2040 * GIB), { cylinders: 65_535, heads: 16, sectorsPerTrack: 255 }],
  ])('of %i sectors', (count, expected) => {
    expect(geometryOf(count)).toEqual(expected);
  });

  it('never says that the disk is larger than it is', () => {
    for (let count = 1; count < 2 ** 33; count = Math.ceil(count * 1.37)) {
      const { cylinders, heads, sectorsPerTrack } = geometryOf(count);
      expect(cylinders * heads * sectorsPerTrack).toBeLessThanOrEqual(count);
      expect(cylinders).toBeLessThanOrEqual(65_535);
      expect(heads).toBeLessThanOrEqual(16);
    }
  });
});
