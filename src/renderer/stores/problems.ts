import { createStore } from 'zustand/vanilla';
import type { Failure } from '../../shared/model/failure';
import type { Finding } from '../../shared/model/finding';

export type PoolProblems =
  | { readonly state: 'loading' }
  | { readonly state: 'known'; readonly findings: readonly Finding[] }
  | { readonly state: 'failed'; readonly failure: Failure };

export interface ProblemsState {
  readonly byPool: ReadonlyMap<string, PoolProblems>;
}

/** Findings over all disks of each connected pool. */
export function createProblemsStore() {
  const store = createStore<ProblemsState>(() => ({ byPool: new Map() }));
  const put = (poolId: string, problems: PoolProblems): void =>
    store.setState(({ byPool }) => ({ byPool: new Map(byPool).set(poolId, problems) }));
  return Object.assign(store, {
    /** Keeps what is known while news are fetched. */
    loading: (poolId: string) => {
      if (!store.getState().byPool.has(poolId)) put(poolId, { state: 'loading' });
    },
    known: (poolId: string, findings: readonly Finding[]) => put(poolId, { state: 'known', findings }),
    failed: (poolId: string, failure: Failure) => put(poolId, { state: 'failed', failure }),
    forget: (poolId: string) =>
      store.setState(({ byPool }) => {
        const rest = new Map(byPool);
        rest.delete(poolId);
        return { byPool: rest };
      }),
  });
}
export type ProblemsStore = ReturnType<typeof createProblemsStore>;
