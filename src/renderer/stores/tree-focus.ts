import { createStore } from 'zustand/vanilla';

/** The row that each tree of the side bar was left at: a view that comes back goes on where it was. */
export function createTreeFocusStore() {
  const store = createStore<{ readonly rows: ReadonlyMap<string, string> }>(() => ({ rows: new Map() }));
  return Object.assign(store, {
    leaveAt: (tree: string, rowId: string) => {
      if (store.getState().rows.get(tree) !== rowId)
        store.setState(({ rows }) => ({ rows: new Map(rows).set(tree, rowId) }));
    },
  });
}
export type TreeFocusStore = ReturnType<typeof createTreeFocusStore>;
