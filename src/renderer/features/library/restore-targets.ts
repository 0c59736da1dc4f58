import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { Pool, Storage } from '../../../shared/model/inventory';
import type { Manifest } from '../../../shared/model/manifest';
import { useServices } from '../../workbench/use-services';

/** Storage drivers that hold no disks. */
const NO_DISKS = new Set(['iso', 'udev', 'nfs_iso', 'smb_iso']);

export const freeBytes = ({ sizeBytes, usedBytes }: Storage): number => Math.max(0, sizeBytes - usedBytes);

export interface RestoreTargets {
  /** Connected ones. */
  readonly pools: readonly Pool[];
  readonly pool: Pool | undefined;
  /** Of the pool; the one with the most room first. */
  readonly storages: readonly Storage[];
  readonly storage: Storage | undefined;
}

/** Where an export can be restored to: what was wished for, else its own pool and storage, else the roomiest. */
export function useRestoreTargets(
  manifest: Manifest,
  wish: { readonly poolId: string; readonly storageUuid: string },
): RestoreTargets {
  const { pools: poolsStore, inventory } = useServices();
  const pools = useStore(
    poolsStore,
    useShallow((state) => state.pools.filter(({ state: now }) => now === 'connected')),
  );
  const ownPoolId = useStore(
    inventory,
    ({ byPool }) => [...byPool].find(([, { poolUuid }]) => poolUuid === manifest.pool.uuid)?.[0],
  );
  const pool =
    pools.find(({ id }) => id === wish.poolId) ?? pools.find(({ id }) => id === ownPoolId) ?? pools.at(0);
  const storages = useStore(
    inventory,
    useShallow(({ byPool }) =>
      [...(byPool.get(pool?.id ?? '')?.storages.values() ?? [])]
        .filter(({ type }) => !NO_DISKS.has(type))
        .sort((a, b) => freeBytes(b) - freeBytes(a)),
    ),
  );
  const storage =
    storages.find(({ uuid }) => uuid === wish.storageUuid) ??
    storages.find(({ name }) => name === manifest.disk.storage) ??
    storages.at(0);
  return { pools, pool, storages, storage };
}
