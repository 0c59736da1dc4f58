import { createStore } from 'zustand/vanilla';
import type { Pool } from '../../shared/model/inventory';

export interface PoolsState {
  /** False until the main process has answered once. */
  readonly loaded: boolean;
  readonly pools: readonly Pool[];
}

/** The pools the user knows, connected or remembered. */
export function createPoolsStore() {
  const store = createStore<PoolsState>(() => ({ loaded: false, pools: [] }));
  return Object.assign(store, {
    replace: (pools: readonly Pool[]) => store.setState({ loaded: true, pools }),
    /** Adds or replaces one pool, before the event that says the same arrives. */
    put: (pool: Pool) =>
      store.setState(({ pools }) => ({
        pools: pools.some(({ id }) => id === pool.id)
          ? pools.map((known) => (known.id === pool.id ? pool : known))
          : [...pools, pool],
      })),
    byId: (id: string): Pool | undefined => store.getState().pools.find((pool) => pool.id === id),
  });
}
export type PoolsStore = ReturnType<typeof createPoolsStore>;
