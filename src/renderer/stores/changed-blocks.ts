import { createStore } from 'zustand/vanilla';
import { BlockBitmap } from '../../shared/blocks/bitmap';
import type { Failure } from '../../shared/model/failure';
import type { Result } from '../../shared/model/result';

export interface Interval {
  readonly poolId: string;
  /** Older snapshot. */
  readonly fromUuid: string;
  readonly toUuid: string;
}
export type ChangedBlocks =
  | { readonly state: 'loading' }
  | { readonly state: 'known'; readonly bitmap: BlockBitmap; readonly changedBytes: number }
  | { readonly state: 'failed'; readonly failure: Failure; readonly interval: Interval };

export interface ChangedBlocksState {
  readonly intervals: ReadonlyMap<string, ChangedBlocks>;
  /** By interval; stays when the bitmap is let go. */
  readonly changedBytes: ReadonlyMap<string, number>;
}

type Fetch = (interval: Interval) => Promise<Result<{ sizeBytes: number; bitmap: Uint8Array }>>;

const MAX_BYTES = 192 * 1024 * 1024;

export const intervalKey = ({ poolId, fromUuid, toUuid }: Interval): string =>
  `${poolId}/${fromUuid}/${toUuid}`;

/** Changed blocks between two snapshots never change: each interval is asked for once, the oldest are let go. */
export function createChangedBlocksStore(fetch: Fetch) {
  const store = createStore<ChangedBlocksState>(() => ({ intervals: new Map(), changedBytes: new Map() }));

  const put = (key: string, entry: ChangedBlocks): void =>
    store.setState(({ intervals, changedBytes }) => {
      const next = new Map(intervals);
      next.delete(key);
      next.set(key, entry);
      let total = 0;
      for (const old of next.values()) if (old.state === 'known') total += old.bitmap.bytes.length;
      for (const [oldKey, old] of next) {
        if (total <= MAX_BYTES || oldKey === key) break;
        if (old.state !== 'known') continue;
        total -= old.bitmap.bytes.length;
        next.delete(oldKey);
      }
      if (entry.state !== 'known') return { intervals: next };
      return { intervals: next, changedBytes: new Map(changedBytes).set(key, entry.changedBytes) };
    });

  const ask = async (interval: Interval): Promise<void> => {
    const key = intervalKey(interval);
    put(key, { state: 'loading' });
    const result = await fetch(interval);
    if (!result.ok) {
      put(key, { state: 'failed', failure: result.failure, interval });
      return;
    }
    const bitmap = new BlockBitmap(result.value.bitmap, result.value.sizeBytes);
    put(key, { state: 'known', bitmap, changedBytes: bitmap.changedBytes() });
  };

  return Object.assign(store, {
    /** Asks for an interval unless it is known or on its way. `again` retries one that failed. */
    want: async (interval: Interval, again = false): Promise<void> => {
      const known = store.getState().intervals.get(intervalKey(interval));
      if (known === undefined || (again && known.state === 'failed')) await ask(interval);
    },
    /** Asks again for every interval that could not be had. */
    retry: async (): Promise<void> => {
      const failed = [...store.getState().intervals.values()].filter((entry) => entry.state === 'failed');
      await Promise.all(failed.map(({ interval }) => ask(interval)));
    },
  });
}
export type ChangedBlocksStore = ReturnType<typeof createChangedBlocksStore>;
