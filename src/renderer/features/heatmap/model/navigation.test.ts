import { describe, expect, it } from 'vitest';
import { cellRect, fit, geometry, type Viewport } from './viewport';
import { keyStep, type Position } from './navigation';

const start = (layout: Viewport['layout'], blocks: number): Position => ({
  viewport: fit({ layout, blocks, width: 320, height: 240, density: 1, scale: 1, x: 0, y: 0 }),
  cursor: undefined,
  anchor: undefined,
  selection: undefined,
});

function press(position: Position, ...keys: string[]): Position {
  return keys.reduce((at, key) => {
    const [name, shift] = key.startsWith('Shift+') ? [key.slice(6), true] : [key, false];
    const step = keyStep(at, name, shift);
    return step?.kind === 'position' ? step.position : at;
  }, position);
}

describe('keys on the map', () => {
  it('move by one cell, over the ends of rows, and never off the disk', () => {
    const home = press(start('linear', 4000), 'Home');
    const { blocksPerCell, columns } = geometry(home.viewport);
    expect(home.cursor).toBe(0);
    expect(press(home, 'ArrowLeft').cursor).toBe(0);
    expect(press(home, 'ArrowUp').cursor).toBe(0);
    expect(press(home, 'ArrowRight').cursor).toBe(blocksPerCell);
    expect(press(home, 'ArrowDown').cursor).toBe(columns * blocksPerCell);
    expect(press(home, 'ArrowDown', 'ArrowLeft').cursor).toBe((columns - 1) * blocksPerCell);
    const end = press(home, 'End');
    expect(end.cursor).toBe(Math.floor(3999 / blocksPerCell) * blocksPerCell);
    expect(press(end, 'ArrowRight', 'ArrowDown').cursor).toBe(end.cursor);
  });

  it('moves to the neighbour on the screen along the curve', () => {
    const home = press(start('hilbert', 4096), 'Home');
    const right = press(home, 'ArrowRight', 'ArrowRight', 'ArrowDown');
    const [a, b] = [cellRect(home.viewport, home.cursor!), cellRect(right.viewport, right.cursor!)];
    expect([b.x - a.x, b.y - a.y]).toEqual([2 * a.width, a.height]);
  });

  it('pages through a disk down to its end and back', () => {
    let at = press(start('linear', 2 ** 20), 'Home', '+', '+', '+', '+', '+', '+');
    for (let page = 0; page < 2000; page++) at = press(at, 'PageDown');
    const { blocksPerCell, columns } = geometry(at.viewport);
    expect(at.cursor! + columns * blocksPerCell).toBeGreaterThanOrEqual(2 ** 20);
    const { y, height } = cellRect(at.viewport, at.cursor!);
    expect(y).toBeGreaterThanOrEqual(0);
    expect(y + height).toBeLessThanOrEqual(at.viewport.height);
    for (let page = 0; page < 2000; page++) at = press(at, 'PageUp');
    expect(at.cursor! / blocksPerCell).toBeLessThan(columns);
  });

  it('selects with Shift in both directions around the cell it began at', () => {
    const home = press(start('linear', 4000), 'Home', 'ArrowRight', 'ArrowRight');
    const cell = geometry(home.viewport).blocksPerCell;
    const forward = press(home, 'Shift+ArrowRight', 'Shift+ArrowRight');
    expect(forward.selection).toEqual({ first: 2 * cell, end: 5 * cell });
    const back = press(forward, 'Shift+ArrowLeft', 'Shift+ArrowLeft', 'Shift+ArrowLeft');
    expect(back.selection).toEqual({ first: cell, end: 3 * cell });
    expect(press(back, 'ArrowRight').selection).toEqual(back.selection);
    expect(press(back, 'Escape').selection).toBeUndefined();
    expect(press(home, 'Shift+End').selection).toEqual({ first: 2 * cell, end: 4000 });
  });
});
