import { describe, expect, it } from 'vitest';
import type { DiskLayout } from '../../../../shared/model/partition';
import { blocksOf, leaves, nest, pathName, regionAt } from './regions';

const layout: DiskLayout = {
  scheme: 'gpt',
  faults: [],
  regions: [
    { offset: 0, length: 1000, kind: 'table', name: 'Partition table' },
    { offset: 1000, length: 9000, kind: 'partition', name: 'Partition 1', label: 'root' },
    { offset: 2000, length: 3000, kind: 'volume', name: 'vg0/root' },
    { offset: 2500, length: 500, kind: 'detail', name: 'Journal' },
    { offset: 6000, length: 1000, kind: 'volume', name: 'vg0/swap' },
    { offset: 10_000, length: 500, kind: 'free', name: 'Free space' },
  ],
};

describe('regions', () => {
  const nested = nest(layout);

  it('know what holds them', () => {
    expect(nested.map(({ depth }) => depth)).toEqual([0, 0, 1, 2, 1, 0]);
    expect(pathName(nested[3])).toBe('Partition 1 “root” ▸ vg0/root ▸ Journal');
  });

  it('are found by the byte, the innermost first', () => {
    const at = (offset: number) => regionAt(nested, offset)?.region.name;
    expect([0, 999, 1000, 2499, 2500, 3000, 5000, 6999, 10_499].map(at)).toEqual([
      'Partition table',
      'Partition table',
      'Partition 1',
      'vg0/root',
      'Journal',
      'vg0/root',
      'Partition 1',
      'vg0/swap',
      'Free space',
    ]);
    expect(at(10_500)).toBeUndefined();
  });

  it('cut the disk without gaps or overlaps', () => {
    const cut = leaves(nested);
    let end = 0;
    for (const { offset, length, name } of cut) {
      expect(offset).toBe(end);
      end = offset + length;
      expect(name).toBe(pathName(regionAt(nested, offset)!));
    }
    expect(end).toBe(10_500);
    expect(blocksOf({ offset: 65_535, length: 2, kind: 'free', name: '' })).toEqual({ first: 0, end: 2 });
  });
});
