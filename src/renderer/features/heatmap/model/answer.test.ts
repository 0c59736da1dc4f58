import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockBitmap } from '../../../../shared/blocks/bitmap';
import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import { CELL_OUTSIDE, rangeOfCell, type MapView } from '../../../../shared/blocks/view';
import { createAnswerers } from './answer';
import { colourRow, liveValue } from './picture';

const BLOCKS = 777;
const SIZE = BLOCKS * CBT_BLOCK_SIZE - 512;
const anyBytes = fc.uint8Array({ minLength: 98, maxLength: 98 });
const views: MapView[] = [
  { layout: 'linear', blocks: BLOCKS, blocksPerCell: 1, left: 0, top: 2, columns: 31, rows: 20 },
  { layout: 'linear', blocks: BLOCKS, blocksPerCell: 8, left: 0, top: 0, columns: 11, rows: 9 },
  { layout: 'hilbert', blocks: BLOCKS, blocksPerCell: 4, left: 1, top: 2, columns: 14, rows: 13 },
];

/** Calls `check` for each cell with its blocks and what was drawn. */
function eachCell(
  view: MapView,
  cells: Uint8Array,
  check: (blocks: number[], value: number, row: number) => void,
) {
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
const shade = (changed: number, of: number) =>
  changed === 0 ? 0 : Math.max(1, Math.round((254 * changed) / of));

describe('heatmap answers', () => {
  it('compares two intervals cell by cell', () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, (first, second) => {
        const [a, b] = [new BlockBitmap(first, SIZE), new BlockBitmap(second, SIZE)];
        const answer = createAnswerers();
        answer.load({ layer: 1, sizeBytes: SIZE, bitmap: first });
        answer.load({ layer: 2, sizeBytes: SIZE, bitmap: second });
        answer.combine({ layer: 3, operation: 'only-a', a: 1, b: 2 });
        answer.combine({ layer: 4, operation: 'only-b', a: 1, b: 2 });
        answer.combine({ layer: 5, operation: 'intersection', a: 1, b: 2 });
        for (const view of views) {
          const cells = answer.draw({ picture: { kind: 'compare', onlyA: 3, onlyB: 4, both: 5 }, view });
          eachCell(view, cells, (blocks, value, row) => {
            const inA = blocks.filter((block) => a.has(block) && !b.has(block)).length;
            const inB = blocks.filter((block) => b.has(block) && !a.has(block)).length;
            const inBoth = blocks.filter((block) => a.has(block) && b.has(block)).length;
            expect(value).toBe(shade(inA + inB + inBoth, blocks.length));
            if (value === 0) return;
            const kinds = [inA > 0, inB > 0, inBoth > 0];
            const expected =
              kinds[0] && !kinds[1] && !kinds[2]
                ? colourRow.onlyA
                : kinds[1] && !kinds[0] && !kinds[2]
                  ? colourRow.onlyB
                  : colourRow.both;
            expect(row).toBe(expected);
          });
        }
      }),
      { seed: 1, numRuns: 20 },
    );
  });

  it('adds up churn over several intervals', () => {
    fc.assert(
      fc.property(fc.array(anyBytes, { minLength: 1, maxLength: 4 }), (layers) => {
        const bitmaps = layers.map((bytes) => new BlockBitmap(bytes, SIZE));
        const answer = createAnswerers();
        layers.forEach((bitmap, layer) => answer.load({ layer, sizeBytes: SIZE, bitmap }));
        for (const view of views) {
          const cells = answer.draw({ picture: { kind: 'churn', layers: layers.map((_, n) => n) }, view });
          eachCell(view, cells, (blocks, value) => {
            const touches = bitmaps.reduce(
              (sum, bitmap) => sum + blocks.filter((block) => bitmap.has(block)).length,
              0,
            );
            expect(value).toBe(shade(touches, blocks.length * layers.length));
          });
        }
      }),
      { seed: 2, numRuns: 20 },
    );
  });

  it('draws what a job does over the changes, the most telling state first', () => {
    const answer = createAnswerers();
    answer.load({ layer: 1, sizeBytes: SIZE, bitmap: new Uint8Array(98).fill(0xff) });
    answer.mark({
      blocks: BLOCKS,
      runs: [
        [0, 16, 'done'],
        [9, 10, 'failed'],
        [16, 24, 'queued'],
      ],
    });
    const view = views[1];
    const cells = answer.draw({ picture: { kind: 'changes', layer: 1 }, view });
    expect([...cells.slice(0, 8)]).toEqual([
      liveValue.done,
      colourRow.live,
      liveValue.failed,
      colourRow.live,
      liveValue.queued,
      colourRow.live,
      254,
      colourRow.heat,
    ]);
  });

  it('lists extents, hot ranges and neighbours of a range', () => {
    const bitmap = BlockBitmap.empty(SIZE);
    for (const block of [3, 4, 5, 100, 776]) bitmap.set(block);
    const answer = createAnswerers();
    const statistics = answer.load({ layer: 1, sizeBytes: SIZE, bitmap: bitmap.bytes });
    expect(statistics.changedBytes).toBe(5 * CBT_BLOCK_SIZE - 512);
    expect(answer.extents({ layer: 1, range: { first: 4, end: BLOCKS }, limit: 2 })).toEqual({
      extents: [
        { offset: 4 * CBT_BLOCK_SIZE, length: 2 * CBT_BLOCK_SIZE },
        { offset: 100 * CBT_BLOCK_SIZE, length: CBT_BLOCK_SIZE },
      ],
      count: 3,
      bytes: 4 * CBT_BLOCK_SIZE - 512,
    });
    expect(answer.hot({ layer: 1 })[0]).toEqual({ firstBlock: 3, endBlock: 6, changedBlocks: 3 });
    expect(answer.seek({ layer: 1, block: 5, direction: 'next' })).toBe(100);
    expect(answer.seek({ layer: 1, block: 100, direction: 'previous' })).toBe(5);
    expect(answer.seek({ layer: 1, block: 776, direction: 'next' })).toBeNull();
  });
});
