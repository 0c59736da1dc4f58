import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rangeOfCell } from '../../../../shared/blocks/view';
import { rangeShape } from './range-shape';
import { fit, windowOf, zoomAt, type Viewport } from './viewport';

/** Whether a point lies in a path of closed polygons, by counting the edges that a ray to the right crosses. */
function isInside(path: string, x: number, y: number): boolean {
  let inside = false;
  for (const polygon of path.split('M').filter(Boolean)) {
    const corners = cornersOf(polygon);
    corners.forEach(([ax, ay], index) => {
      const [bx, by] = corners[(index + 1) % corners.length];
      if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside;
    });
  }
  return inside;
}

function cornersOf(polygon: string): [number, number][] {
  if (polygon.endsWith('Z'))
    return polygon
      .slice(0, -1)
      .split('L')
      .map((corner) => corner.split(' ').map(Number) as [number, number]);
  const [, x, y, width, height] = /^(\S+) (\S+)h(\S+)v([^h]+)h/.exec(polygon)!.map(Number);
  return [
    [x, y],
    [x + width, y],
    [x + width, y + height],
    [x, y + height],
  ];
}

/** Edges of one cell each, `x,y,dx,dy`, of an outline made of straight lines. */
function edgesOf(outline: string, width: number, height: number): Set<string> {
  const edges = new Set<string>();
  for (const [, x, y, direction, to] of outline.matchAll(/M(\S+) (\S+?)([HV])([-\d.]+)/g)) {
    const [fromX, fromY, end] = [Number(x), Number(y), Number(to)];
    if (direction === 'H') for (let at = fromX; at < end; at += width) edges.add(`${at},${fromY},h`);
    else for (let at = fromY; at < end; at += height) edges.add(`${fromX},${at},v`);
  }
  return edges;
}

const anyCase = fc.record({
  layout: fc.constantFrom('linear' as const, 'hilbert' as const),
  blocks: fc.integer({ min: 1, max: 4000 }),
  zoom: fc.nat(6),
  at: fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
  range: fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
});

describe('rangeShape', () => {
  it('covers exactly the visible cells of the range, and outlines them where they end', () => {
    fc.assert(
      fc.property(anyCase, ({ layout, blocks, zoom, at, range: [from, length] }) => {
        let viewport: Viewport = fit({
          layout,
          blocks,
          width: 200,
          height: 140,
          density: 1,
          scale: 1,
          x: 0,
          y: 0,
        });
        for (let step = 0; step < zoom; step++) viewport = zoomAt(viewport, 2, at[0] * 200, at[1] * 140);
        const first = Math.min(blocks - 1, Math.floor(from * blocks));
        const range = { first, end: Math.min(blocks, first + 1 + Math.floor(length * blocks)) };
        const window = windowOf(viewport);
        const { view, cellWidth, cellHeight, offsetX, offsetY } = window;
        const { fill, outline } = rangeShape(window, range);
        const held = (column: number, row: number) => {
          const cell = rangeOfCell(view, column, row);
          return cell !== undefined && cell.first < range.end && cell.end > range.first;
        };
        const expected = new Set<string>();
        for (let row = 0; row < view.rows; row++) {
          for (let column = 0; column < view.columns; column++) {
            const [x, y] = [offsetX + column * cellWidth, offsetY + row * cellHeight];
            const inside = held(column, row);
            expect(isInside(fill, x + cellWidth / 2, y + cellHeight / 2)).toBe(inside);
            if (!inside || layout === 'linear') continue;
            if (!held(column, row - 1)) expected.add(`${x},${y},h`);
            if (!held(column, row + 1)) expected.add(`${x},${y + cellHeight},h`);
            if (!held(column - 1, row)) expected.add(`${x},${y},v`);
            if (!held(column + 1, row)) expected.add(`${x + cellWidth},${y},v`);
          }
        }
        if (layout === 'hilbert') expect(edgesOf(outline, cellWidth, cellHeight)).toEqual(expected);
        else expect(outline).toBe(fill);
      }),
      { seed: 1, numRuns: 150 },
    );
  });
});
