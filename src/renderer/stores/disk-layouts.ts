import { createStore } from 'zustand/vanilla';
import type { Failure } from '../../shared/model/failure';
import type { DiskLayout } from '../../shared/model/partition';
import type { Result } from '../../shared/model/result';

export interface LayoutSource {
  readonly poolId: string;
  /** A snapshot that still holds its data. */
  readonly snapshotUuid: string;
}
export type KnownLayout =
  | { readonly state: 'loading' }
  | { readonly state: 'known'; readonly layout: DiskLayout }
  | { readonly state: 'failed'; readonly failure: Failure };

type Fetch = (source: LayoutSource) => Promise<Result<DiskLayout>>;

export const layoutKey = ({ poolId, snapshotUuid }: LayoutSource): string => `${poolId}/${snapshotUuid}`;

/** What lies where on a snapshot never changes: each is read once. */
export function createDiskLayoutsStore(fetch: Fetch) {
  const store = createStore<{ readonly layouts: ReadonlyMap<string, KnownLayout> }>(() => ({
    layouts: new Map(),
  }));
  const put = (key: string, entry: KnownLayout): void =>
    store.setState(({ layouts }) => ({ layouts: new Map(layouts).set(key, entry) }));
  return Object.assign(store, {
    /** Asks for a layout unless it is known or on its way. `again` retries one that failed. */
    want: async (source: LayoutSource, again = false): Promise<void> => {
      const key = layoutKey(source);
      const known = store.getState().layouts.get(key);
      if (known !== undefined && !(again && known.state === 'failed')) return;
      put(key, { state: 'loading' });
      const result = await fetch(source);
      put(
        key,
        result.ok ? { state: 'known', layout: result.value } : { state: 'failed', failure: result.failure },
      );
    },
  });
}
export type DiskLayoutsStore = ReturnType<typeof createDiskLayoutsStore>;
