import { expect, it } from 'vitest';
import { BlockBuffer } from './block-buffer';

it('takes memory when it is touched, and hands on what was released last', () => {
  const shared = BlockBuffer.memoryFor(64);
  const [a, b, c] = [1, 2, 3].map(() => new BlockBuffer(64, shared));
  const ofA = a.memory;
  const ofB = b.memory;
  expect(ofA).not.toBe(ofB);
  expect(a.memory).toBe(ofA);
  a.release();
  b.release();
  expect(c.memory).toBe(ofB);
  expect(a.memory).toBe(ofA);
  expect(b.memory).not.toBe(ofA);
});

it('releases once, however often it is told to', () => {
  const shared = BlockBuffer.memoryFor(64);
  const [a, b, c] = [1, 2, 3].map(() => new BlockBuffer(64, shared));
  expect(a.memory.length).toBe(BlockBuffer.HEADROOM + 64 + BlockBuffer.TAILROOM);
  a.release();
  a.release();
  expect(b.memory).not.toBe(c.memory);
});

it('keeps its payload until it is released', () => {
  const buffer = new BlockBuffer(64);
  buffer.memory.fill(7);
  buffer.length = 3;
  expect([...buffer.data()]).toEqual([7, 7, 7]);
  buffer.release();
  expect(buffer.length).toBe(0);
});
