import { useMemo } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { Disk, Pool, Snapshot, Storage, Vm } from '../../shared/model/inventory';
import type { Job } from '../../shared/model/job';
import { activeJobIds } from '../stores/jobs';
import { useServices } from './use-services';

export const usePool = (poolId: string): Pool | undefined =>
  useStore(useServices().pools, ({ pools }) => pools.find(({ id }) => id === poolId));

export const useVm = (poolId: string, uuid: string): Vm | undefined =>
  useStore(useServices().inventory, ({ byPool }) => byPool.get(poolId)?.vms.get(uuid));

export const useDisk = (poolId: string, uuid: string): Disk | undefined =>
  useStore(useServices().inventory, ({ byPool }) => byPool.get(poolId)?.disks.get(uuid));

export const useSnapshot = (poolId: string, uuid: string): Snapshot | undefined =>
  useStore(useServices().inventory, ({ byPool }) => byPool.get(poolId)?.snapshots.get(uuid));

export const useStorage = (poolId: string, uuid: string): Storage | undefined =>
  useStore(useServices().inventory, ({ byPool }) => byPool.get(poolId)?.storages.get(uuid));

export const useVmOfDisk = (poolId: string, diskUuid: string): Vm | undefined =>
  useStore(useServices().inventory, ({ byPool }) => {
    const pool = byPool.get(poolId);
    const disk = pool?.disks.get(diskUuid);
    return disk === undefined ? undefined : pool?.vmOf(disk);
  });

const NO_SNAPSHOTS: Snapshot[] = [];
/** Oldest first. */
export const useSnapshotsOf = (poolId: string, diskUuid: string): readonly Snapshot[] =>
  useStore(
    useServices().inventory,
    useShallow(({ byPool }) => {
      const pool = byPool.get(poolId);
      const disk = pool?.disks.get(diskUuid);
      return pool === undefined || disk === undefined ? NO_SNAPSHOTS : pool.snapshotsOf(disk);
    }),
  );

export const useActiveJobIds = (): ReadonlySet<string> =>
  useStore(useServices().jobs, useShallow(activeJobIds));

/** Those that no running job reads: whoever else attaches such a snapshot gets in the job's way. Oldest first. */
export function useFreeSnapshotsOf(poolId: string, diskUuid: string): readonly Snapshot[] {
  const snapshots = useSnapshotsOf(poolId, diskUuid);
  const active = useActiveJobIds();
  return useMemo(() => snapshots.filter(({ jobId = '' }) => !active.has(jobId)), [snapshots, active]);
}

const NO_DISKS: Disk[] = [];
export const useDisksOf = (poolId: string, vmUuid: string): readonly Disk[] =>
  useStore(
    useServices().inventory,
    useShallow(({ byPool }) => {
      const pool = byPool.get(poolId);
      const vm = pool?.vms.get(vmUuid);
      return pool === undefined || vm === undefined ? NO_DISKS : pool.disksOf(vm);
    }),
  );

export const useJob = (id: string): Job | undefined =>
  useStore(useServices().jobs, ({ jobs }) => jobs.get(id));
