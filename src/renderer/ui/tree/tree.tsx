import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import {
  useCallback,
  useEffect,
  useId,
  useRef,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
} from 'react';
import { Icon } from '../icon';
import { moveFocus, parentIndex, typeAhead, type TreeRow } from './tree-model';
import './tree.css';

export const ROW_HEIGHT = 22;
const TYPE_AHEAD_MS = 800;

export interface TreeProps<R extends TreeRow> {
  readonly label: string;
  readonly rows: readonly R[];
  readonly focusedId: string | undefined;
  readonly selectedId?: string | undefined;
  readonly onFocus: (row: R) => void;
  readonly onToggle: (row: R, expanded: boolean) => void;
  /** Single click and Enter preview, double click and Ctrl+Enter pin. */
  readonly onOpen: (row: R, how: { readonly pinned: boolean; readonly viaKeyboard: boolean }) => void;
  readonly onContextMenu?: (row: R, at: { readonly x: number; readonly y: number }) => void;
  readonly renderRow: (row: R) => ReactNode;
}

/**
 * A virtualised tree that holds the focus itself and names the active row (`aria-activedescendant`), so that rows may
 * come and go from the document. Source: WAI-ARIA Authoring Practices, "Tree View Pattern".
 */
export function Tree<R extends TreeRow>(props: TreeProps<R>) {
  const { rows, focusedId, selectedId, onFocus, onToggle, onOpen, onContextMenu, renderRow } = props;
  const baseId = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const typed = useRef({ text: '', at: 0 });
  const focused = rows.findIndex(({ id }) => id === focusedId);
  // Its functions change with every scroll; this component is not compiled, so nothing goes stale.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => rows[index].id,
    overscan: 12,
    rangeExtractor: useCallback(
      (range: Parameters<typeof defaultRangeExtractor>[0]) => {
        const shown = defaultRangeExtractor(range);
        return focused < 0 || shown.includes(focused) ? shown : [...shown, focused].sort((a, b) => a - b);
      },
      [focused],
    ),
  });

  useEffect(() => {
    if (focused >= 0) virtualizer.scrollToIndex(focused);
    // Only when the focus moves: rows that come and go must not scroll the list.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [focusedId]);

  const focusAt = (index: number | undefined): void => {
    if (index !== undefined && rows[index] !== undefined) onFocus(rows[index]);
  };

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.target !== event.currentTarget) return;
    const row = rows[focused];
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW_HEIGHT) - 1);
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const target = plain ? moveFocus(rows, focused, event.key, page) : undefined;
    // A name begins anew after the focus was moved by other keys.
    if (target !== undefined) typed.current.text = '';
    if (target !== undefined) focusAt(target);
    else if (event.key === 'Enter' && row !== undefined) {
      onOpen(row, { pinned: event.ctrlKey || event.metaKey, viaKeyboard: true });
    } else if (!plain || row === undefined) return;
    else if (event.key === 'ArrowRight') {
      if (row.expandable && !row.expanded) onToggle(row, true);
      else if (row.expanded) focusAt(focused + 1);
    } else if (event.key === 'ArrowLeft') {
      if (row.expanded) onToggle(row, false);
      else focusAt(parentIndex(rows, focused));
    } else if (event.key === ' ' && typed.current.text === '') {
      if (row.expandable) onToggle(row, !row.expanded);
    } else if (event.key === 'ContextMenu' || (event.shiftKey && event.key === 'F10')) {
      const box = document.getElementById(rowId(row))?.getBoundingClientRect();
      if (box !== undefined) onContextMenu?.(row, { x: box.left + 24, y: box.bottom });
    } else if (event.key.length === 1) {
      const stale = event.timeStamp - typed.current.at > TYPE_AHEAD_MS;
      typed.current = { text: (stale ? '' : typed.current.text) + event.key, at: event.timeStamp };
      focusAt(typeAhead(rows, focused, typed.current.text));
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const rowId = (row: R): string => `${baseId}-${row.id}`;

  return (
    <div
      ref={scroller}
      className="ds-tree"
      data-autofocus
      role="tree"
      aria-label={props.label}
      tabIndex={0}
      aria-activedescendant={focused < 0 ? undefined : rowId(rows[focused])}
      onKeyDown={onKeyDown}
      onFocus={() => focused < 0 && focusAt(0)}
    >
      <div className="ds-tree-body" role="none" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, start, key }) => {
          const row = rows[index];
          const open = (event: MouseEvent, pinned: boolean): void => {
            if ((event.target as Element).closest('button') !== null) return;
            onFocus(row);
            onOpen(row, { pinned, viaKeyboard: false });
          };
          return (
            <div
              key={key}
              id={rowId(row)}
              role="treeitem"
              aria-level={row.level}
              aria-posinset={row.position}
              aria-setsize={row.siblings}
              aria-selected={row.id === (selectedId ?? focusedId)}
              {...(row.expandable ? { 'aria-expanded': row.expanded } : {})}
              className={`ds-tree-row ${row.id === focusedId ? 'is-focused' : ''}`}
              style={{ transform: `translateY(${start}px)`, paddingLeft: 4 + (row.level - 1) * 12 }}
              onClick={(event) => open(event, false)}
              onDoubleClick={(event) => open(event, true)}
              onContextMenu={(event) => {
                event.preventDefault();
                onFocus(row);
                onContextMenu?.(row, { x: event.clientX, y: event.clientY });
              }}
            >
              <span
                className="ds-tree-twisty"
                onClick={(event) => {
                  if (!row.expandable) return;
                  event.stopPropagation();
                  onFocus(row);
                  onToggle(row, !row.expanded);
                }}
              >
                {row.expandable && <Icon name={row.expanded ? 'chevron-down' : 'chevron-right'} />}
              </span>
              {renderRow(row)}
            </div>
          );
        })}
      </div>
    </div>
  );
}
