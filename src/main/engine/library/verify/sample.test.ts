import { expect, it } from 'vitest';
import { sampleExtents } from './sample';

const MIB = 1024 * 1024;
const never = (): boolean => false;

it('a small disk is taken whole, its short end included', () => {
  expect(sampleExtents(2 * MIB + 512, never)).toEqual([
    { offset: 0, length: MIB },
    { offset: MIB, length: MIB },
    { offset: 2 * MIB, length: 512 },
  ]);
});

it('of a large one: both ends, and one range in each 256th, where there is data', () => {
  const part = 40 * MIB;
  const sizeBytes = 256 * part + 512;
  // One MiB of each part but the first three holds data.
  const isUsed = ({ offset }: { offset: number }): boolean => offset % part === 7 * MIB && offset > 3 * part;
  const extents = sampleExtents(sizeBytes, isUsed, () => 0.5);
  const offsets = extents.map(({ offset }) => offset);
  expect([offsets[0], extents.at(-1)]).toEqual([0, { offset: 256 * part, length: 512 }]);
  expect(extents).toHaveLength(258);
  const used = Array.from({ length: 256 }, (_, at) => at * part + 7 * MIB).filter((at) => at > 3 * part);
  for (const at of used) expect(offsets).toContain(at);
  // Where nothing is used something is taken all the same.
  for (let at = 0; at < 256; at++)
    expect(offsets.filter((offset) => Math.floor(offset / part) === at).length).toBeGreaterThan(0);
});
