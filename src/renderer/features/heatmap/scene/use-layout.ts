import { useEffect, useMemo } from 'react';
import { useStore } from 'zustand';
import type { Snapshot } from '../../../../shared/model/inventory';
import type { DiskLayout } from '../../../../shared/model/partition';
import type { Failure } from '../../../../shared/model/failure';
import { layoutKey } from '../../../stores/disk-layouts';
import { useServices } from '../../../workbench/use-services';
import { nest, type NestedRegion } from '../model/regions';

export type LayoutState =
  | { readonly state: 'known'; readonly layout: DiskLayout; readonly regions: readonly NestedRegion[] }
  | { readonly state: 'loading' }
  /** No snapshot holds its data. */
  | { readonly state: 'unreadable' }
  | { readonly state: 'failed'; readonly failure: Failure; readonly retry: () => void };

/** The snapshot to read partitions from: the one shown if it has its data, else the newest that has. */
export function readableSnapshot(snapshots: readonly Snapshot[], shownUuid: string): string | undefined {
  const readable = snapshots.filter(({ hasData }) => hasData);
  return (readable.find(({ uuid }) => uuid === shownUuid) ?? readable.at(-1))?.uuid;
}

/** What lies where on a disk. */
export function useLayout(poolId: string, snapshotUuid: string | undefined): LayoutState {
  const { diskLayouts } = useServices();
  const key = snapshotUuid === undefined ? '' : layoutKey({ poolId, snapshotUuid });
  const known = useStore(diskLayouts, ({ layouts }) => layouts.get(key));
  useEffect(() => {
    if (snapshotUuid !== undefined) void diskLayouts.want({ poolId, snapshotUuid });
  }, [diskLayouts, poolId, snapshotUuid]);
  return useMemo((): LayoutState => {
    if (snapshotUuid === undefined) return { state: 'unreadable' };
    if (known === undefined || known.state === 'loading') return { state: 'loading' };
    if (known.state === 'failed') {
      const retry = () => void diskLayouts.want({ poolId, snapshotUuid }, true);
      return { state: 'failed', failure: known.failure, retry };
    }
    return { state: 'known', layout: known.layout, regions: nest(known.layout) };
  }, [diskLayouts, known, poolId, snapshotUuid]);
}
