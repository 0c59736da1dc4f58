import { createStore } from 'zustand/vanilla';
import type { ContextOverlay } from '../platform/context-keys';

export interface OpenContextMenu {
  readonly menu: string;
  /** Window coordinates in pixels. */
  readonly x: number;
  readonly y: number;
  readonly args: readonly unknown[];
  readonly overlay: ContextOverlay;
  readonly returnFocus: HTMLElement | undefined;
}

export function createContextMenuStore() {
  const store = createStore<{ readonly open: OpenContextMenu | undefined }>(() => ({ open: undefined }));
  return Object.assign(store, {
    show: (open: OpenContextMenu) => store.setState({ open }),
    close: () => store.setState({ open: undefined }),
  });
}
export type ContextMenuStore = ReturnType<typeof createContextMenuStore>;
