import { expect, it } from 'vitest';
import { seededRandom } from '../random';
import { RangeSet } from './range-set';

it('holds exactly the bytes that were added, merged and in order', () => {
  const random = seededRandom(42);
  for (let round = 0; round < 200; round++) {
    const set = new RangeSet();
    const bytes = new Uint8Array(64);
    for (let step = 0; step < 12; step++) {
      const offset = Math.floor(random() * 60);
      const length = Math.floor(random() * 5);
      set.add(offset, length);
      bytes.fill(1, offset, offset + length);
    }
    const rebuilt = new Uint8Array(64);
    let end = -1;
    for (const extent of set.extents()) {
      expect(extent.offset).toBeGreaterThan(end);
      end = extent.offset + extent.length;
      rebuilt.fill(1, extent.offset, end);
    }
    expect(rebuilt).toEqual(bytes);
  }
});
