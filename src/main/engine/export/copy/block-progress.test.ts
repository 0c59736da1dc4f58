import { expect, it } from 'vitest';
import { BlockProgress } from './block-progress';

const MIB = 1024 * 1024;

it('tells what is stored, what failed, and what is under way, short last block included', () => {
  const progress = new BlockProgress();
  expect(progress.take()).toBeUndefined();
  progress.begin(0, MIB);
  progress.begin(MIB, MIB);
  progress.begin(2 * MIB, MIB);
  progress.begin(3 * MIB, 512);
  progress.end(0, 'done');
  progress.end(MIB, 'done');
  progress.end(2 * MIB, 'failed');
  expect(progress.take()).toEqual({
    runs: [
      [0, 32, 'done'],
      [32, 48, 'failed'],
      [48, 49, 'reading'],
    ],
    incomplete: false,
  });
  progress.end(3 * MIB, 'done');
  expect(progress.take()).toEqual({ runs: [[48, 49, 'done']], incomplete: false });
  expect(progress.take()).toBeUndefined();
});
