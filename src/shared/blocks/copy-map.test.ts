import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockStateSchema, type BlockRun } from '../model/job-map';
import { BlockBitmap } from './bitmap';
import { CopyMap } from './copy-map';
import { PackedBytes } from './packed-bytes';
import { CountedBitmap } from './counted-bitmap';
import { CBT_BLOCK_SIZE } from './extent';
import { RunLog } from './run-log';

const BLOCKS = 1500;
const SIZE = BLOCKS * CBT_BLOCK_SIZE - 4096;
const anyRun = fc.tuple(fc.nat(BLOCKS - 1), fc.integer({ min: 1, max: 700 })).map(([first, length]) => ({
  first,
  end: Math.min(BLOCKS, first + length),
}));
const state = fc.constantFrom(...blockStateSchema.options.filter((option) => option !== 'queued'));

describe('CountedBitmap', () => {
  it('counts what a plain set of blocks holds, after any changes', () => {
    const change = fc.record({ run: anyRun, present: fc.boolean() });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), anyRun, (changes, asked) => {
        const counted = new CountedBitmap(BLOCKS);
        const plain = new Set<number>();
        for (const { run, present } of changes) {
          counted.set(run.first, run.end, present);
          for (let block = run.first; block < run.end; block++)
            if (present) plain.add(block);
            else plain.delete(block);
        }
        const expected = [...plain].filter((block) => block >= asked.first && block < asked.end).length;
        expect(counted.count(asked.first, asked.end)).toBe(expected);
        expect(counted.count(0, Infinity)).toBe(plain.size);
      }),
      { seed: 1 },
    );
  });

  it('ignores bits beyond the disk when it takes over a bitmap', () => {
    const counted = new CountedBitmap(11);
    counted.load(Uint8Array.of(0xff, 0xff, 0xff));
    expect(counted.count(0, 100)).toBe(11);
  });
});

describe('CopyMap', () => {
  it('knows the last state of every block', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyRun, state), { maxLength: 15 }), (told) => {
        const map = new CopyMap(SIZE, PackedBytes.of(BlockBitmap.empty(SIZE).bytes));
        map.apply(told.map(([{ first, end }, what]): BlockRun => [first, end, what]));
        const plain = new Map<number, string>();
        for (const [{ first, end }, what] of told)
          for (let block = first; block < end; block++) plain.set(block, what);
        const { done, runs, sizeBytes } = map.snapshot();
        const doneBits = new BlockBitmap(done, sizeBytes);
        const others = new Map<number, string>();
        for (const [first, end, what] of runs)
          for (let block = first; block < end; block++) others.set(block, what);
        const shown = Array.from({ length: BLOCKS }, (_, block) =>
          doneBits.has(block) ? (others.get(block) ?? 'done') : others.get(block),
        );
        expect(shown).toEqual(Array.from({ length: BLOCKS }, (_, block) => plain.get(block)));
      }),
      { seed: 2, numRuns: 50 },
    );
  });
});

describe('RunLog', () => {
  it('joins neighbours, keeps the order and says when it had to drop something', () => {
    const log = new RunLog<string>(3);
    expect(log.take()).toBeUndefined();
    log.add(0, 4, 'reading');
    log.add(4, 8, 'reading');
    log.add(0, 4, 'done');
    expect(log.take()).toEqual({
      runs: [
        [0, 8, 'reading'],
        [0, 4, 'done'],
      ],
      incomplete: false,
    });
    for (let block = 0; block < 8; block += 2) log.add(block, block + 1, 'done');
    expect(log.take()).toMatchObject({ incomplete: true });
    expect(log.take()).toBeUndefined();
  });
});
