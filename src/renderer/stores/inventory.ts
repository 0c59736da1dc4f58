import { createStore } from 'zustand/vanilla';
import type { Failure } from '../../shared/model/failure';
import type { Inventory, InventoryPatch } from '../../shared/model/inventory';
import { PoolInventory } from './pool-inventory';

export interface InventoryState {
  /** Changed in place; `revision` tells that something in it did. */
  readonly byPool: ReadonlyMap<string, PoolInventory>;
  /** Why a pool's inventory could not be read. */
  readonly failures: ReadonlyMap<string, Failure>;
  readonly revision: number;
}

/** What the connected pools hold. */
export function createInventoryStore() {
  const byPool = new Map<string, PoolInventory>();
  const failures = new Map<string, Failure>();
  const store = createStore<InventoryState>(() => ({ byPool, failures, revision: 0 }));
  const bump = (): void => store.setState(({ revision }) => ({ revision: revision + 1 }));
  return Object.assign(store, {
    load: (poolId: string, inventory: Inventory) => {
      byPool.set(poolId, new PoolInventory(inventory));
      failures.delete(poolId);
      bump();
    },
    failed: (poolId: string, failure: Failure) => {
      failures.set(poolId, failure);
      bump();
    },
    /** A patch for a pool that is not loaded is dropped: the load that follows holds it. */
    patch: (poolId: string, patch: InventoryPatch) => {
      const pool = byPool.get(poolId);
      if (pool === undefined) return;
      pool.apply(patch);
      bump();
    },
    forget: (poolId: string) => {
      const known = byPool.delete(poolId);
      if (failures.delete(poolId) || known) bump();
    },
    pool: (poolId: string): PoolInventory | undefined => byPool.get(poolId),
  });
}
export type InventoryStore = ReturnType<typeof createInventoryStore>;
