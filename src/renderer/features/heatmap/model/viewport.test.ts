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
  windowOf,
  zoomAt,
  type Viewport,
} from './viewport';

const anyViewport = fc
  .record({
    layout: fc.constantFrom('linear' as const, 'hilbert' as const),
    blocks: fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 2 ** 28 })),
    width: fc.integer({ min: 60, max: 2500 }),
    height: fc.integer({ min: 60, max: 1500 }),
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
        const { view, cellSize, offsetX, offsetY } = windowOf(viewport);
        const last = viewport.blocks - 1;
        for (const block of [0, last]) {
          const { x, y, size } = cellRect(viewport, block);
          expect(x).toBeGreaterThanOrEqual(0);
          expect(y).toBeGreaterThanOrEqual(0);
          expect(x + size).toBeLessThanOrEqual(viewport.width);
          expect(y + size).toBeLessThanOrEqual(viewport.height);
        }
        expect(offsetX).toBeGreaterThanOrEqual(0);
        expect(offsetY).toBe(0);
        expect(view.columns * cellSize).toBeLessThanOrEqual(viewport.width);
      }),
      { seed: 1 },
    );
  });

  it('finds the block it draws at a place, at any zoom', () => {
    fc.assert(
      fc.property(anyViewport, fc.double({ min: 0, max: 1, noNaN: true }), (viewport, share) => {
        const { view, cellSize, offsetX, offsetY } = windowOf(viewport);
        const column = Math.min(view.columns - 1, Math.floor(share * view.columns));
        const row = Math.min(view.rows - 1, Math.floor(share * view.rows));
        const range = blocksAt(
          viewport,
          offsetX + column * cellSize + cellSize / 2,
          offsetY + row * cellSize + cellSize / 2,
        );
        expect(range).toEqual(rangeOfCell(view, column, row));
        if (range === undefined) return;
        expect(cellRect(viewport, range.end - 1)).toEqual({
          x: offsetX + column * cellSize,
          y: offsetY + row * cellSize,
          size: cellSize,
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
        const { x, y, size } = cellRect(shown, block);
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x + size).toBeLessThanOrEqual(shown.width + size);
        expect(y).toBeGreaterThanOrEqual(0);
        expect(y + size).toBeLessThanOrEqual(shown.height + 1);
      }),
      { seed: 3 },
    );
  });

  it('gives every block its own cell once there is room, and never a cell larger than the disk', () => {
    const closest = zoomAt(
      fit({ layout: 'linear', blocks: 2 ** 28, width: 1000, height: 600, scale: 1, x: 0, y: 0 }),
      1e12,
      500,
      300,
    );
    expect(geometry(closest).blocksPerCell).toBe(1);
    expect(geometry(fit({ ...closest, blocks: 1 })).blocksPerCell).toBe(1);
  });

  it('stays on the map when panned and fitted when resized', () => {
    const viewport = fit({ layout: 'linear', blocks: 131072, width: 900, height: 500, scale: 1, x: 0, y: 0 });
    expect(panBy(viewport, -1e9, -1e9)).toEqual(viewport);
    expect(panBy(viewport, 1e9, 1e9)).toEqual(viewport);
    expect(resize(viewport, 1200, 700)).toEqual(fit({ ...viewport, width: 1200, height: 700 }));
  });
});
