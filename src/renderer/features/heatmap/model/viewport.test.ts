import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rangeOfCell } from '../../../../shared/blocks/view';
import {
  blocksAt,
  cellRect,
  fit,
  geometry,
  panBy,
  resize,
  reveal,
  showRange,
  showsAll,
  usedHeight,
  windowOf,
  zoomAt,
  type Viewport,
} from './viewport';

const anyViewport = fc
  .record({
    layout: fc.constantFrom('linear' as const, 'hilbert' as const),
    blocks: fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 2 ** 28 })),
    width: fc.integer({ min: 100, max: 2500 }),
    height: fc.integer({ min: 100, max: 1500 }),
    density: fc.constantFrom(1, 1.25, 2),
    steps: fc.nat(12),
    at: fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
  })
  .map(({ steps, at, ...rest }) => {
    let viewport: Viewport = fit({ ...rest, scale: 1, x: 0, y: 0 });
    for (let step = 0; step < steps; step++) {
      viewport = zoomAt(viewport, 2, at[0] * viewport.width, at[1] * viewport.height);
    }
    return viewport;
  });

describe('viewport', () => {
  it('shows the whole disk when fitted', () => {
    fc.assert(
      fc.property(anyViewport, (any) => {
        const viewport = fit(any);
        const { view, cellWidth, cellHeight, offsetX, offsetY } = windowOf(viewport);
        const seen = new Set<number>();
        let [blocks, cells] = [0, 0];
        for (let row = 0; row < view.rows; row++) {
          for (let column = 0; column < view.columns; column++) {
            const range = rangeOfCell(view, column, row);
            if (range === undefined) continue;
            cells++;
            seen.add(range.first);
            blocks += range.end - range.first;
          }
        }
        expect([seen.size, blocks]).toEqual([cells, viewport.blocks]);
        expect(showsAll(viewport)).toBe(true);
        expect(Math.min(offsetX, offsetY)).toBeGreaterThanOrEqual(0);
        expect(offsetX + view.columns * cellWidth).toBeLessThanOrEqual(viewport.width);
        expect(offsetY + view.rows * cellHeight).toBeLessThanOrEqual(viewport.height);
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it('fills most of the window with rows', () => {
    for (const blocks of [30_000, 131_072, 655_360, 2 ** 28]) {
      for (const [width, height] of [
        [600, 400],
        [900, 500],
        [1700, 800],
      ] as const) {
        const viewport = fit({ layout: 'linear', blocks, width, height, density: 1, scale: 1, x: 0, y: 0 });
        const { view, cellWidth, cellHeight } = windowOf(viewport);
        expect((view.rows * cellHeight * view.columns * cellWidth) / (width * height)).toBeGreaterThan(0.7);
      }
    }
  });

  it('uses no more height than the rows of the whole disk need', () => {
    fc.assert(
      fc.property(anyViewport, (any) => {
        const height = usedHeight(any);
        expect(height).toBeLessThanOrEqual(any.height);
        const viewport = fit({ ...any, height });
        const { rows, cellHeight } = geometry(viewport);
        expect(showsAll(viewport)).toBe(true);
        if (any.layout === 'linear' && height < any.height && height > 160 * any.density)
          expect(rows * cellHeight).toBe(height);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('finds the block it draws at a place, at any zoom', () => {
    fc.assert(
      fc.property(anyViewport, fc.double({ min: 0, max: 1, noNaN: true }), (viewport, share) => {
        const { view, cellWidth, cellHeight, offsetX, offsetY } = windowOf(viewport);
        const column = Math.min(view.columns - 1, Math.floor(share * view.columns));
        const row = Math.min(view.rows - 1, Math.floor(share * view.rows));
        const range = blocksAt(
          viewport,
          offsetX + column * cellWidth + cellWidth / 2,
          offsetY + row * cellHeight + cellHeight / 2,
        );
        expect(range).toEqual(rangeOfCell(view, column, row));
        if (range === undefined) return;
        expect(cellRect(viewport, range.end - 1)).toEqual({
          x: offsetX + column * cellWidth,
          y: offsetY + row * cellHeight,
          width: cellWidth,
          height: cellHeight,
        });
      }),
      { seed: 2 },
    );
  });

  it('reveals any block', () => {
    fc.assert(
      fc.property(anyViewport, fc.double({ min: 0, max: 1, noNaN: true }), (viewport, share) => {
        const block = Math.min(viewport.blocks - 1, Math.floor(share * viewport.blocks));
        const shown = reveal(viewport, block);
        const { x, y, width, height } = cellRect(shown, block);
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x + width).toBeLessThanOrEqual(shown.width);
        expect(y).toBeGreaterThanOrEqual(0);
        expect(y + height).toBeLessThanOrEqual(shown.height);
      }),
      { seed: 3 },
    );
  });

  it('gives every block its own cell once there is room, and never a cell larger than the disk', () => {
    const closest = zoomAt(
      fit({ layout: 'linear', blocks: 2 ** 28, width: 1000, height: 600, density: 1, scale: 1, x: 0, y: 0 }),
      1e12,
      500,
      300,
    );
    expect(geometry(closest).blocksPerCell).toBe(1);
    expect(geometry(fit({ ...closest, blocks: 1 })).blocksPerCell).toBe(1);
  });

  it('stays on the map when panned and fitted when resized', () => {
    const viewport = fit({
      layout: 'linear',
      blocks: 131072,
      width: 900,
      height: 500,
      density: 1,
      scale: 1,
      x: 0,
      y: 0,
    });
    expect(panBy(viewport, -1e9, -1e9)).toEqual(viewport);
    expect(panBy(viewport, 1e9, 1e9)).toEqual(viewport);
    const size = { width: 1200, height: 700, density: 2 };
    expect(resize(viewport, size)).toEqual(fit({ ...viewport, ...size }));
  });

  it('keeps a block under the pointer while it zooms, as far as rows and edges allow', () => {
    fc.assert(
      fc.property(anyViewport, (viewport) => {
        const [px, py] = [viewport.width / 2, viewport.height / 2];
        const anchor = blocksAt(viewport, px, py);
        if (anchor === undefined) return;
        const zoomed = zoomAt(viewport, 3, px, py);
        const { y, height } = cellRect(zoomed, anchor.first);
        const atEdge =
          zoomed.y === 0 || panBy(zoomed, 0, 1).y === zoomed.y || zoomed.scale === viewport.scale;
        if (!atEdge) expect(Math.abs(y + height / 2 - py)).toBeLessThanOrEqual(1);
      }),
      { seed: 4 },
    );
  });

  it('shows a range whole', () => {
    fc.assert(
      fc.property(
        anyViewport,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(1000),
        (any, share, long) => {
          const viewport = { ...any, layout: 'linear' as const };
          const first = Math.min(viewport.blocks - 1, Math.floor(share * viewport.blocks));
          const range = { first, end: Math.min(viewport.blocks, first + 1 + long) };
          const shown = showRange(viewport, range);
          for (const block of [range.first, range.end - 1]) {
            const { y, height } = cellRect(shown, block);
            expect(y).toBeGreaterThanOrEqual(0);
            expect(y + height).toBeLessThanOrEqual(shown.height);
          }
        },
      ),
      { seed: 5 },
    );
  });
});
