import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockBitmap } from './bitmap';
import { CBT_BLOCK_SIZE, requestsOf } from './extent';
import { hilbertPlace, hilbertPosition } from './hilbert';
import { combine } from './layers';
import { changedBytesIn, RankIndex } from './rank-index';
import { changeStatistics } from './statistics';
import { CELL_OUTSIDE, cellOfBlock, fillCells, rangeOfCell, type MapView } from './view';

const K64 = CBT_BLOCK_SIZE;
const bits = (bitmap: BlockBitmap) => Array.from({ length: bitmap.blocks }, (_, block) => bitmap.has(block));
const anyBitmap = fc
  .tuple(
    fc.uint8Array({ minLength: 0, maxLength: 300 }),
    fc.integer({ min: 1, max: 2400 }),
    fc.integer({ min: 1, max: K64 }),
  )
  .map(([bytes, blocks, last]) => new BlockBitmap(bytes, (blocks - 1) * K64 + last));

describe('BlockBitmap', () => {
  it('reads the most significant bit first', () => {
    // 0b01100000, 0b00000001: the second, the third and the sixteenth block, as the CBT guide's example has it
    const bitmap = new BlockBitmap(Uint8Array.of(0b0110_0000, 0b0000_0001), 16 * K64);
    expect([...bitmap.runs()]).toEqual([
      [1, 3],
      [15, 16],
    ]);
    expect([...bitmap.extents()]).toEqual([
      { offset: K64, length: 2 * K64 },
      { offset: 15 * K64, length: K64 },
    ]);
  });

  it('clamps to the disk and gives the short last block its true length', () => {
    const bitmap = new BlockBitmap(Uint8Array.of(0xff), 2 * K64 + 512);
    expect([...bitmap.extents()]).toEqual([{ offset: 0, length: 2 * K64 + 512 }]);
    expect(bitmap.count()).toBe(3);
    expect(bitmap.changedBytes()).toBe(2 * K64 + 512);
    expect(bitmap.has(3)).toBe(false);
    expect(() => bitmap.set(3)).toThrow(RangeError);
  });

  it('agrees with a bit by bit reading', () => {
    fc.assert(
      fc.property(anyBitmap, (bitmap) => {
        const flat = bits(bitmap);
        const fromRuns = new Array<boolean>(bitmap.blocks).fill(false);
        for (const [first, end] of bitmap.runs()) fromRuns.fill(true, first, end);
        expect(fromRuns).toEqual(flat);
        expect(bitmap.count()).toBe(flat.filter(Boolean).length);
      }),
      { seed: 1 },
    );
  });
});

describe('RankIndex', () => {
  it('counts and selects as a scan does', () => {
    fc.assert(
      fc.property(anyBitmap, fc.nat(2500), fc.nat(2500), (bitmap, a, b) => {
        const index = new RankIndex(bitmap);
        const flat = bits(bitmap);
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        expect(index.count(from, to)).toBe(flat.slice(from, to).filter(Boolean).length);
        const next = flat.indexOf(true, a);
        expect(index.nextChanged(a)).toBe(next === -1 ? undefined : next);
        const previous = a === 0 ? -1 : flat.lastIndexOf(true, a - 1);
        expect(index.previousChanged(a)).toBe(previous === -1 ? undefined : previous);
        expect(index.has(a)).toBe(flat[a] ?? false);
      }),
      { seed: 2 },
    );
  });
});

describe('Hilbert curve', () => {
  it('visits every cell once, always stepping to a neighbour, and nests in the coarser grid', () => {
    for (let order = 1; order <= 6; order++) {
      const seen = new Set<string>();
      let before: { x: number; y: number } | undefined;
      for (let d = 0; d < 4 ** order; d++) {
        const { x, y } = hilbertPlace(order, d);
        expect(hilbertPosition(order, x, y)).toBe(d);
        expect(hilbertPosition(order - 1, x >> 1, y >> 1)).toBe(d >> 2);
        if (before) expect(Math.abs(x - before.x) + Math.abs(y - before.y)).toBe(1);
        before = { x, y };
        seen.add(`${x},${y}`);
      }
      expect(seen.size).toBe(4 ** order);
    }
  });
});

describe('fillCells', () => {
  const anyView = fc.record({
    layout: fc.constantFrom('linear' as const, 'hilbert' as const),
    zoom: fc.nat(4),
    left: fc.integer({ min: -3, max: 20 }),
    top: fc.nat(20),
    columns: fc.integer({ min: 1, max: 40 }),
    rows: fc.integer({ min: 1, max: 30 }),
    order: fc.option(fc.nat(4), { nil: undefined }),
  });

  it('shows exactly the changed blocks of each cell, in both layouts and at every zoom', () => {
    fc.assert(
      fc.property(anyBitmap, anyView, (bitmap, { zoom, order, ...rest }) => {
        const view: MapView = {
          ...rest,
          ...(order === undefined ? {} : { order }),
          left: rest.layout === 'linear' ? 0 : rest.left,
          blocks: bitmap.blocks,
          blocksPerCell: 4 ** zoom,
        };
        const out = new Uint8Array(view.columns * view.rows);
        fillCells(new RankIndex(bitmap), view, out);
        for (let row = 0; row < view.rows; row++) {
          for (let column = 0; column < view.columns; column++) {
            const range = rangeOfCell(view, column, row);
            const shown = out[row * view.columns + column];
            if (range === undefined) {
              expect(shown).toBe(CELL_OUTSIDE);
              continue;
            }
            let changed = 0;
            for (let block = range.first; block < range.end; block++) if (bitmap.has(block)) changed++;
            expect(shown > 0).toBe(changed > 0);
            expect(shown).toBe(
              changed === 0 ? 0 : Math.max(1, Math.round((254 * changed) / (range.end - range.first))),
            );
            expect(cellOfBlock(view, range.first)).toEqual({ column, row });
          }
        }
      }),
      { seed: 3, numRuns: 60 },
    );
  });

  it('keeps one changed block among 268 million visible', () => {
    const bitmap = BlockBitmap.empty(16 * 2 ** 40);
    bitmap.set(200_000_003);
    const view: MapView = {
      layout: 'linear',
      blocks: bitmap.blocks,
      blocksPerCell: 2048,
      left: 0,
      top: 0,
      columns: 512,
      rows: 256,
    };
    const out = new Uint8Array(view.columns * view.rows);
    fillCells(new RankIndex(bitmap), view, out);
    expect(out.reduce((sum, value) => sum + (value > 0 ? 1 : 0), 0)).toBe(1);
    expect(out[Math.floor(200_000_003 / 2048)]).toBe(1);
  });
});

describe('changedBytesIn', () => {
  it('equals the changed extents cut to the range', () => {
    fc.assert(
      fc.property(anyBitmap, fc.nat(3e8), fc.integer({ min: 1, max: 3e8 }), (bitmap, from, length) => {
        const offset = from % bitmap.sizeBytes;
        let expected = 0;
        for (const extent of bitmap.extents()) {
          const start = Math.max(offset, extent.offset);
          expected += Math.max(0, Math.min(offset + length, extent.offset + extent.length) - start);
        }
        expect(changedBytesIn(new RankIndex(bitmap), bitmap.sizeBytes, offset, length)).toBe(expected);
      }),
      { seed: 6 },
    );
  });
});

describe('layers', () => {
  it('combines bit by bit, the smaller disk reading as unchanged beyond its end', () => {
    fc.assert(
      fc.property(anyBitmap, anyBitmap, (a, b) => {
        const [x, y] = [(n: number) => a.has(n), (n: number) => b.has(n)];
        const expected = {
          union: (n: number) => x(n) || y(n),
          intersection: (n: number) => x(n) && y(n),
          'only-a': (n: number) => x(n) && !y(n),
          'only-b': (n: number) => y(n) && !x(n),
        };
        for (const operation of ['union', 'intersection', 'only-a', 'only-b'] as const) {
          const result = combine(operation, a, b);
          expect(bits(result)).toEqual(
            Array.from({ length: Math.max(a.blocks, b.blocks) }, (_, n) => expected[operation](n)),
          );
        }
      }),
      { seed: 4, numRuns: 40 },
    );
  });
});

describe('changeStatistics', () => {
  it('counts what a tool with larger units would read', () => {
    const bitmap = BlockBitmap.empty(8 * 2 ** 20 + 512);
    for (const block of [0, 1, 40, 128]) bitmap.set(block);
    const statistics = changeStatistics(bitmap);
    expect(statistics).toMatchObject({
      changedBlocks: 4,
      changedBytes: 3 * K64 + 512,
      extents: 3,
      largestExtentBytes: 2 * K64,
    });
    expect(statistics.amplification.map(({ bytes }) => bytes)).toEqual([
      3 * K64 + 512,
      2 * 256 * 1024 + 512,
      2 * 2 ** 21 + 512,
    ]);
  });
});

describe('numbers of a bitmap', () => {
  it('are those of its extents, one by one', () => {
    // Long runs as well as scattered bits, ending anywhere in the last word, block and byte.
    const bits = fc.array(fc.tuple(fc.nat(60), fc.nat(90)), { maxLength: 12 });
    fc.assert(
      fc.property(bits, fc.integer({ min: 1, max: 700 }), fc.nat(K64 - 1), (runs, blocks, short) => {
        const bitmap = BlockBitmap.empty(blocks * K64 - short);
        let at = 0;
        for (const [gap, length] of runs) {
          at += gap;
          for (const end = at + length; at < end; at++) if (at < blocks) bitmap.set(at);
        }
        // Bits beyond the disk mean nothing.
        bitmap.bytes[bitmap.bytes.length - 1] |= 0xff >> (((blocks - 1) & 7) + 1);
        const extents = [...bitmap.extents()];
        const changedBytes = extents.reduce((sum, { length }) => sum + length, 0);
        const covered = (unit: number) => {
          const units = new Set<number>();
          for (const { offset, length } of extents)
            for (let byte = offset; byte < offset + length; byte += K64) units.add(Math.floor(byte / unit));
          let bytes = 0;
          for (const taken of units) bytes += Math.min((taken + 1) * unit, bitmap.sizeBytes) - taken * unit;
          return bytes;
        };
        expect(bitmap.changedBytes()).toBe(changedBytes);
        expect(changeStatistics(bitmap)).toEqual({
          changedBlocks: bitmap.count(),
          changedBytes,
          share: changedBytes / bitmap.sizeBytes,
          extents: extents.length,
          meanExtentBytes: extents.length === 0 ? 0 : changedBytes / extents.length,
          largestExtentBytes: Math.max(0, ...extents.map(({ length }) => length)),
          amplification: [K64, 4 * K64, 32 * K64].map((unitBytes) => ({
            unitBytes,
            bytes: covered(unitBytes),
            factor: changedBytes === 0 ? 1 : covered(unitBytes) / changedBytes,
          })),
        });
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});

describe('requestsOf', () => {
  it('asks for the size of each request', () => {
    const sizes = [4, 2, 8];
    const requests = [...requestsOf([{ offset: 2, length: 14 }], () => sizes.shift() ?? 8)];
    expect(requests.map(({ length }) => length)).toEqual([2, 2, 2, 8]);
  });

  it('covers the extents exactly and never crosses a boundary', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1e7), fc.integer({ min: 1, max: 1e7 }))), (pairs) => {
        for (const [offset, length] of pairs) {
          const requests = [...requestsOf([{ offset, length }], 2 ** 20)];
          expect(requests.reduce((sum, request) => sum + request.length, 0)).toBe(length);
          let at = offset;
          for (const request of requests) {
            expect(request.offset).toBe(at);
            expect(Math.floor(request.offset / 2 ** 20)).toBe(
              Math.floor((request.offset + request.length - 1) / 2 ** 20),
            );
            at += request.length;
          }
        }
      }),
      { seed: 5, numRuns: 30 },
    );
  });
});
