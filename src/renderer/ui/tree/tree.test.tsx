// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { useState } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Tree } from './tree';
import type { TreeRow } from './tree-model';

const row = (id: string, level: number, parts: Partial<TreeRow> = {}): TreeRow => ({
  id,
  label: id,
  level,
  expandable: false,
  expanded: false,
  position: 1,
  siblings: 1,
  ...parts,
});
const rowsOf = (open: boolean): TreeRow[] => [
  row('pool', 1, { expandable: true, expanded: open }),
  ...(open ? [row('alpha', 2), row('beta', 2)] : []),
];
const opened = vi.fn<(id: string, how: object) => void>();

function Subject() {
  const [open, setOpen] = useState(false);
  const [focused, setFocused] = useState<string>();
  return (
    <Tree
      label="Pools"
      rows={rowsOf(open)}
      focusedId={focused}
      onFocus={({ id }) => setFocused(id)}
      onToggle={(_, expanded) => setOpen(expanded)}
      onOpen={({ id }, how) => opened(id, how)}
      renderRow={({ label }) => <span>{label}</span>}
    />
  );
}

const active = (): string | undefined =>
  document.getElementById(screen.getByRole('tree').getAttribute('aria-activedescendant') ?? '')?.textContent;
const press = (key: string, init: KeyboardEventInit = {}): void => {
  fireEvent.keyDown(screen.getByRole('tree'), { key, ...init });
};

beforeEach(() => {
  // The document has no layout here; the list needs a height to show rows in.
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(220);
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(220);
  opened.mockReset();
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

describe('tree', () => {
  it('is walked, opened and closed by keys', () => {
    render(<Subject />);
    act(() => screen.getByRole('tree').focus());
    expect(active()).toBe('pool');
    press('ArrowRight');
    expect(screen.getAllByRole('treeitem').map(({ textContent }) => textContent)).toEqual([
      'pool',
      'alpha',
      'beta',
    ]);
    expect(screen.getAllByRole('treeitem')[0].getAttribute('aria-expanded')).toBe('true');
    press('ArrowRight');
    expect(active()).toBe('alpha');
    press('b');
    expect(active()).toBe('beta');
    press('Enter');
    press('Enter', { ctrlKey: true });
    expect(opened.mock.calls).toEqual([
      ['beta', { pinned: false, viaKeyboard: true }],
      ['beta', { pinned: true, viaKeyboard: true }],
    ]);
    press('ArrowLeft');
    expect(active()).toBe('pool');
    press('ArrowLeft');
    expect(screen.getAllByRole('treeitem')).toHaveLength(1);
  });

  it('takes a name typed after another move of the focus for a new one', () => {
    render(<Subject />);
    act(() => screen.getByRole('tree').focus());
    press('ArrowRight');
    press('a');
    expect(active()).toBe('alpha');
    press('Home');
    press('b');
    expect(active()).toBe('beta');
  });

  it('leaves keys with modifiers to the window', () => {
    render(<Subject />);
    act(() => screen.getByRole('tree').focus());
    const goesOn = fireEvent.keyDown(screen.getByRole('tree'), { key: 'p', ctrlKey: true });
    expect(goesOn).toBe(true);
  });
});
