import { describe, expect, it } from 'vitest';
import { moveFocus, parentIndex, typeAhead, type TreeRow } from './tree-model';

const row = (label: string, level = 1): TreeRow => ({
  id: label,
  label,
  level,
  expandable: false,
  expanded: false,
  position: 1,
  siblings: 1,
});
const rows = [row('pool'), row('alpha', 2), row('disk', 3), row('beta', 2), row('bravo', 2)];

describe('tree', () => {
  it('moves within its rows', () => {
    expect(moveFocus(rows, 0, 'ArrowUp', 3)).toBe(0);
    expect(moveFocus(rows, 4, 'ArrowDown', 3)).toBe(4);
    expect(moveFocus(rows, -1, 'ArrowDown', 3)).toBe(0);
    expect(moveFocus(rows, 1, 'PageDown', 3)).toBe(4);
    expect(moveFocus(rows, 1, 'End', 3)).toBe(4);
    expect(moveFocus(rows, 1, 'x', 3)).toBeUndefined();
    expect(moveFocus([], 0, 'ArrowDown', 3)).toBeUndefined();
  });

  it('finds the parent', () => {
    expect([parentIndex(rows, 2), parentIndex(rows, 4), parentIndex(rows, 0)]).toEqual([1, 0, undefined]);
  });

  it('finds what is typed, going round, and moves on when a letter is typed again', () => {
    expect(typeAhead(rows, 0, 'b')).toBe(3);
    expect(typeAhead(rows, 3, 'bb')).toBe(4);
    expect(typeAhead(rows, 4, 'b')).toBe(3);
    expect(typeAhead(rows, 3, 'br')).toBe(4);
    expect(typeAhead(rows, 4, 'AL')).toBe(1);
    expect(typeAhead(rows, 0, 'z')).toBeUndefined();
  });
});
