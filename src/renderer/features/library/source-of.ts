import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { Manifest } from '../../../shared/model/manifest';
import type { InventoryState } from '../../stores/inventory';
import { useServices } from '../../workbench/use-services';

/** The snapshot on a connected pool that an export was made of. */
export interface SourceOfExport {
  readonly poolId: string;
  readonly poolName: string;
  readonly state: 'data' | 'metadata' | 'gone';
  readonly snapshotName: string;
  /** The disk itself is still there. */
  readonly diskThere: boolean;
}

/** Undefined while no connected pool is the one the export came from. */
export function sourceOf({ byPool }: InventoryState, manifest: Manifest): SourceOfExport | undefined {
  for (const [poolId, pool] of byPool) {
    if (pool.poolUuid !== manifest.pool.uuid) continue;
    const snapshot = pool.snapshots.get(manifest.snapshot.uuid);
    return {
      poolId,
      poolName: pool.poolName,
      state: snapshot === undefined ? 'gone' : snapshot.hasData ? 'data' : 'metadata',
      snapshotName: snapshot?.name ?? '',
      diskThere: pool.disks.has(manifest.disk.uuid),
    };
  }
  return undefined;
}

export const useSourceOf = (manifest: Manifest): SourceOfExport | undefined =>
  useStore(
    useServices().inventory,
    useShallow((state) => sourceOf(state, manifest)),
  );
