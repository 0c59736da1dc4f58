import { expect, it } from 'vitest';
import { PackedBytes } from './packed-bytes';

it.each([0, 1, 1023, 1024, 5000])('gives back the same %i bytes', (length) => {
  for (const filled of [0, 0xff, 0x5a]) {
    const bytes = new Uint8Array(length).fill(filled);
    if (length > 1500) bytes.set([1, 2, 3], 1200);
    if (length > 0) bytes[length - 1] ^= 0x10;
    expect(PackedBytes.of(bytes).unpack()).toEqual(bytes);
  }
});

it('takes little room where a disk changed in few places, and not where it is full', () => {
  const bytes = new Uint8Array(32 * 1024 * 1024);
  bytes.fill(0xff, 0, 1024 * 1024);
  for (let at = 3; at < bytes.length; at += 64 * 1024) bytes[at] = 0x08;
  const packed = PackedBytes.of(bytes);
  expect(packed.size).toBeLessThan(1024 * 1024);
  expect(Buffer.compare(packed.unpack(), bytes)).toBe(0);
});
