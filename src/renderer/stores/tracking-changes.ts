import { createStore } from 'zustand/vanilla';

/** Disks whose change tracking this window is turning off: their news are no alarm. */
export function createTrackingChangesStore() {
  const store = createStore<{ readonly expected: ReadonlySet<string> }>(() => ({ expected: new Set() }));
  const change = (act: (expected: Set<string>) => void): void =>
    store.setState(({ expected }) => {
      const next = new Set(expected);
      act(next);
      return { expected: next };
    });
  return Object.assign(store, {
    expect: (diskUuids: readonly string[]) =>
      change((expected) => diskUuids.forEach((uuid) => expected.add(uuid))),
    /** Whether the disk was expected to lose its tracking; it no longer is. */
    take: (diskUuid: string): boolean => {
      const known = store.getState().expected.has(diskUuid);
      if (known) change((expected) => expected.delete(diskUuid));
      return known;
    },
  });
}
export type TrackingChangesStore = ReturnType<typeof createTrackingChangesStore>;
