import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockBitmap } from '../../../../shared/blocks/bitmap';
import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import { CELL_OUTSIDE, rangeOfCell, type MapView } from '../../../../shared/blocks/view';
import type { BlockRun, BlockState } from '../../../../shared/model/job-map';
import { createAnswerers } from './answer';
import { liveValue } from './live-states';
import { colourRow, type Picture } from './picture';

const BLOCKS = 777;
const SIZE = BLOCKS * CBT_BLOCK_SIZE - 512;
const anyBytes = fc.uint8Array({ minLength: 98, maxLength: 98 });
const views: MapView[] = [
  { layout: 'linear', blocks: BLOCKS, blocksPerCell: 1, left: 0, top: 2, columns: 31, rows: 20 },
  { layout: 'linear', blocks: BLOCKS, blocksPerCell: 8, left: 0, top: 0, columns: 11, rows: 9 },
  { layout: 'hilbert', blocks: BLOCKS, blocksPerCell: 4, left: 1, top: 2, columns: 14, rows: 13 },
];
const shade = (changed: number, of: number) =>
  changed === 0 ? 0 : Math.max(1, Math.round((254 * changed) / of));

/** Asks for a picture and calls `check` for each cell with its blocks and what was drawn. */
function eachDrawn(
  answer: ReturnType<typeof createAnswerers>,
  picture: Picture,
  check: (blocks: number[], value: number, row: number) => void,
) {
  for (const view of views) {
    const cells = answer.draw({ picture, view, live: true });
    for (let row = 0, at = 0; row < view.rows; row++) {
      for (let column = 0; column < view.columns; column++, at += 2) {
        const range = rangeOfCell(view, column, row);
        if (range === undefined) expect([cells[at], cells[at + 1]]).toEqual([CELL_OUTSIDE, 0]);
        else
          check(
            Array.from({ length: range.end - range.first }, (_, n) => range.first + n),
            cells[at],
            cells[at + 1],
          );
      }
    }
  }
}

function answerersWith(...layers: readonly Uint8Array[]) {
  const answer = createAnswerers();
  layers.forEach((bitmap, layer) => answer.load({ layer, sizeBytes: SIZE, bitmap }));
  return { answer, bitmaps: layers.map((bytes) => new BlockBitmap(bytes, SIZE)) };
}

describe('heatmap answers', () => {
  it('compare two intervals cell by cell', () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, (first, second) => {
        const { answer, bitmaps } = answerersWith(first, second);
        const [a, b] = bitmaps;
        answer.combine({ layer: 3, operation: 'only-a', a: 0, b: 1 });
        answer.combine({ layer: 4, operation: 'only-b', a: 0, b: 1 });
        answer.combine({ layer: 5, operation: 'intersection', a: 0, b: 1 });
        eachDrawn(answer, { kind: 'compare', onlyA: 3, onlyB: 4, both: 5 }, (blocks, value, row) => {
          const inA = blocks.filter((block) => a.has(block) && !b.has(block)).length;
          const inB = blocks.filter((block) => b.has(block) && !a.has(block)).length;
          const inBoth = blocks.filter((block) => a.has(block) && b.has(block)).length;
          expect(value).toBe(shade(inA + inB + inBoth, blocks.length));
          if (value === 0) return;
          const expected =
            inB + inBoth === 0 ? colourRow.onlyA : inA + inBoth === 0 ? colourRow.onlyB : colourRow.both;
          expect(row).toBe(expected);
        });
      }),
      { seed: 1, numRuns: 20 },
    );
  });

  it('count the intervals in which something in a cell changed', () => {
    fc.assert(
      fc.property(fc.array(anyBytes, { minLength: 1, maxLength: 4 }), (layers) => {
        const { answer, bitmaps } = answerersWith(...layers.map((bytes) => bytes.map((byte) => byte & 0x11)));
        const picture: Picture = { kind: 'churn', layers: layers.map((_, n) => n) };
        eachDrawn(answer, picture, (blocks, value, row) => {
          const touched = bitmaps.filter((bitmap) => blocks.some((block) => bitmap.has(block))).length;
          expect(value).toBe(shade(touched, layers.length));
          if (value > 0) expect(row).toBe(colourRow.churn);
        });
      }),
      { seed: 2, numRuns: 20 },
    );
  });

  it('show the newest interval over a fading trail', () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, anyBytes, (...layers) => {
        const { answer, bitmaps } = answerersWith(...layers.map((bytes) => bytes.map((byte) => byte & 0x21)));
        eachDrawn(answer, { kind: 'trail', layers: [0, 1, 2] }, (blocks, value, row) => {
          const [newest, before, oldest] = bitmaps.map(
            (bitmap) => blocks.filter((block) => bitmap.has(block)).length,
          );
          if (newest > 0) expect([value, row]).toEqual([shade(newest, blocks.length), colourRow.heat]);
          else if (before > 0) expect([value, row]).toEqual([254, colourRow.trail]);
          else if (oldest > 0) expect([value, row]).toEqual([127, colourRow.trail]);
          else expect(value).toBe(0);
        });
      }),
      { seed: 3, numRuns: 20 },
    );
  });

  it('draw what a job does over the changes, the most telling state first', () => {
    const anyRun = fc.tuple(
      fc.nat(BLOCKS - 1),
      fc.integer({ min: 1, max: 200 }),
      fc.constantFrom<BlockState>('reading', 'done', 'retried', 'failed'),
    );
    fc.assert(
      fc.property(anyBytes, fc.array(anyRun, { maxLength: 20 }), (planned, told) => {
        const runs = told.map(([first, length, state]): BlockRun => [
          first,
          Math.min(BLOCKS, first + length),
          state,
        ]);
        const { answer } = answerersWith(new Uint8Array(98));
        const plan = new BlockBitmap(planned, SIZE);
        const states = new Map<number, BlockState>();
        for (let block = 0; block < BLOCKS; block++) if (plan.has(block)) states.set(block, 'queued');
        const kept = runs.filter(([first, end]) => {
          for (let block = first; block < end; block++) if (!plan.has(block)) return false;
          return true;
        });
        for (const [first, end, state] of kept)
          for (let block = first; block < end; block++) states.set(block, state);
        answer.follow({ sizeBytes: SIZE, planned, done: new Uint8Array(98), runs: kept.slice(0, 3) });
        const totals = answer.mark({ runs: kept.slice(3) });
        for (const state of ['queued', 'reading', 'done', 'retried', 'failed'] as const)
          expect(totals?.[state]).toBe([...states.values()].filter((other) => other === state).length);
        eachDrawn(answer, { kind: 'changes', layer: 0 }, (blocks, value, row) => {
          const here = new Set(blocks.flatMap((block) => states.get(block) ?? []));
          const strongest = (['failed', 'reading', 'queued', 'retried', 'done'] as const).find((state) =>
            here.has(state),
          );
          if (strongest === undefined) expect(value).toBe(0);
          else expect([value, row]).toEqual([liveValue[strongest], colourRow.live]);
        });
      }),
      { seed: 4, numRuns: 30 },
    );
  });

  it('list extents, hot ranges, bytes and neighbours of a range', () => {
    const bitmap = BlockBitmap.empty(SIZE);
    for (const block of [3, 4, 5, 100, 776]) bitmap.set(block);
    const { answer } = answerersWith(bitmap.bytes);
    expect(answer.extents({ layer: 0, range: { first: 4, end: BLOCKS }, limit: 2 })).toEqual({
      extents: [
        { offset: 4 * CBT_BLOCK_SIZE, length: 2 * CBT_BLOCK_SIZE },
        { offset: 100 * CBT_BLOCK_SIZE, length: CBT_BLOCK_SIZE },
      ],
      count: 4 - 1,
      bytes: 4 * CBT_BLOCK_SIZE - 512,
    });
    expect(answer.hot({ layer: 0 })).toEqual([
      { firstBlock: 3, endBlock: 6, changedBytes: 3 * CBT_BLOCK_SIZE },
      { firstBlock: 100, endBlock: 101, changedBytes: CBT_BLOCK_SIZE },
      { firstBlock: 776, endBlock: 777, changedBytes: CBT_BLOCK_SIZE - 512 },
    ]);
    expect(answer.bytes({ layer: 0, ranges: [{ offset: 5 * CBT_BLOCK_SIZE + 100, length: SIZE }] })).toEqual([
      3 * CBT_BLOCK_SIZE - 100 - 512,
    ]);
    expect(answer.seek({ layer: 0, block: 5, direction: 'next' })).toBe(100);
    expect(answer.seek({ layer: 0, block: 100, direction: 'previous' })).toBe(5);
    expect(answer.seek({ layer: 0, block: 776, direction: 'next' })).toBeNull();
  });

  it('list what is shown as CSV and JSON, split where it differs', () => {
    const { answer } = answerersWith(Uint8Array.of(0b11100000), Uint8Array.of(0b00110001));
    const ask = {
      layers: [0, 1],
      range: { first: 0, end: BLOCKS },
      regions: [{ offset: 0, length: 3 * CBT_BLOCK_SIZE, name: 'Partition 1 “a, b”' }],
      limit: 10,
    };
    const text = ({ text: bytes }: { text: Uint8Array }) => new TextDecoder().decode(bytes);
    expect(text(answer.list({ ...ask, telling: 'compare', format: 'csv' }))).toBe(
      'offset,length,changed_in,region\n' +
        '0,131072,a,"Partition 1 “a, b”"\n131072,65536,both,"Partition 1 “a, b”"\n196608,65536,b,\n458752,65536,b,\n',
    );
    expect(JSON.parse(text(answer.list({ ...ask, telling: 'count', format: 'json' })))).toEqual([
      { offset: 0, length: 131072, changedIn: 1, region: 'Partition 1 “a, b”' },
      { offset: 131072, length: 65536, changedIn: 2, region: 'Partition 1 “a, b”' },
      { offset: 196608, length: 65536, changedIn: 1 },
      { offset: 458752, length: 65536, changedIn: 1 },
    ]);
    const cut = answer.list({ ...ask, telling: 'nothing', format: 'csv', regions: [], limit: 1 });
    expect([text(cut), cut.rows, cut.complete]).toEqual(['offset,length\n0,262144\n', 1, false]);
  });
});
