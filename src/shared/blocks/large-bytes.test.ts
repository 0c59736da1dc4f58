import { expect, it } from 'vitest';
import { giveBack, GrowingBytes, largeBytes } from './large-bytes';

const MIB = 1024 * 1024;
const residentMib = (): number => process.memoryUsage.rss() / MIB;

it('gives memory back at once', () => {
  const bytes = largeBytes(128 * MIB);
  expect([bytes[0], bytes.at(-1)]).toEqual([0, 0]);
  bytes.fill(1);
  const before = residentMib();
  giveBack(bytes);
  expect(before - residentMib()).toBeGreaterThan(100);
  expect(bytes.length).toBe(0);
  const others = new Uint8Array([1, 2]);
  giveBack(others);
  expect([...others]).toEqual([1, 2]);
});

it('grows with what comes', () => {
  const growing = new GrowingBytes();
  const pieces = [1, MIB - 1, 0, 3 * MIB, 5].map((length, at) => Buffer.alloc(length, at + 1));
  for (const piece of pieces) growing.add(piece);
  expect(Buffer.concat(pieces).equals(growing.bytes)).toBe(true);
});
