import { createStore } from 'zustand/vanilla';
import { sameRef, type ObjectRef } from '../platform/object-ref';

export interface SelectionState {
  /** What commands without an argument act on: the tree's focused row or the active editor's object. */
  readonly object: ObjectRef | undefined;
  /** A short text for the right of the status bar: the block under the cursor, the brushed range. */
  readonly cursorText: string;
}

export function createSelectionStore() {
  const store = createStore<SelectionState>(() => ({ object: undefined, cursorText: '' }));
  return Object.assign(store, {
    select: (object: ObjectRef | undefined) => {
      if (!sameRef(store.getState().object, object)) store.setState({ object });
    },
    setCursorText: (cursorText: string) => {
      if (store.getState().cursorText !== cursorText) store.setState({ cursorText });
    },
    object: (): ObjectRef | undefined => store.getState().object,
  });
}
export type SelectionStore = ReturnType<typeof createSelectionStore>;
