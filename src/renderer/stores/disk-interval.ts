import { createStore } from 'zustand/vanilla';
import type { Snapshot } from '../../shared/model/inventory';

export interface ChosenInterval {
  readonly fromUuid: string;
  readonly toUuid: string;
}

const keyOf = (poolId: string, diskUuid: string): string => `${poolId}/${diskUuid}`;

/** The interval that each open disk shows; undefined parts follow the newest snapshots. */
export function createDiskIntervalStore() {
  const store = createStore<{ readonly chosen: ReadonlyMap<string, Partial<ChosenInterval>> }>(() => ({
    chosen: new Map(),
  }));
  const choose = (poolId: string, diskUuid: string, interval: Partial<ChosenInterval>): void =>
    store.setState(({ chosen }) => ({ chosen: new Map(chosen).set(keyOf(poolId, diskUuid), interval) }));
  return Object.assign(store, {
    choose,
    /** Shows what changed up to a snapshot, from the one before it. */
    end: (poolId: string, diskUuid: string, toUuid: string) => choose(poolId, diskUuid, { toUuid }),
    of: (poolId: string, diskUuid: string) => store.getState().chosen.get(keyOf(poolId, diskUuid)),
  });
}
export type DiskIntervalStore = ReturnType<typeof createDiskIntervalStore>;

/**
 * The interval to show: what was chosen as far as it still exists, else the last two snapshots. One that a job reads now
 * is shown only when it was chosen: the pool does not list the changes of a disk in use.
 */
export function resolveInterval(
  snapshots: readonly Snapshot[],
  chosen: Partial<ChosenInterval> | undefined,
  activeJobs: ReadonlySet<string> = new Set(),
): ChosenInterval | undefined {
  const wanted = ({ uuid, jobId = '' }: Snapshot): boolean =>
    !activeJobs.has(jobId) || uuid === chosen?.fromUuid || uuid === chosen?.toUuid;
  const usable = snapshots.filter((snapshot) => snapshot.cbtEnabled && wanted(snapshot));
  const indexOf = (uuid: string | undefined): number =>
    usable.findIndex((snapshot) => snapshot.uuid === uuid);
  let to = indexOf(chosen?.toUuid);
  if (to < 0) to = usable.length - 1;
  let from = indexOf(chosen?.fromUuid);
  if (from < 0 || from === to) from = to - 1;
  if (from > to) [from, to] = [to, from];
  if (from < 0 && usable.length > 1) [from, to] = [0, 1];
  const [older, newer] = [usable[from], usable[to]];
  return older === undefined || newer === undefined
    ? undefined
    : { fromUuid: older.uuid, toUuid: newer.uuid };
}
