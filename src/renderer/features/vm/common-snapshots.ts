import type { Disk, Snapshot } from '../../../shared/model/inventory';

/** A point in time that several disks of a VM have a snapshot of. */
export interface CommonSnapshot {
  readonly key: string;
  readonly name: string;
  readonly takenAt: string;
  /** Snapshot by disk. */
  readonly byDisk: ReadonlyMap<string, Snapshot>;
}

/** Snapshots of one VM snapshot lie seconds apart at most, once it is gone and only their times are left. */
const SAME_MOMENT_MS = 60_000;

/**
 * Puts together the disk snapshots that were taken as one. While the VM snapshot exists its uuid tells; after a purge
 * it is gone, and the job that made them, or name and time, do.
 */
export function commonSnapshots(
  disks: readonly Disk[],
  snapshotsOf: (disk: Disk) => readonly Snapshot[],
): CommonSnapshot[] {
  const all = disks
    .flatMap((disk) => snapshotsOf(disk))
    .filter(({ cbtEnabled }) => cbtEnabled)
    .sort((a, b) => a.takenAt.localeCompare(b.takenAt));
  const groups: { name: string; first: Snapshot; byDisk: Map<string, Snapshot> }[] = [];
  for (const snapshot of all) {
    const group = groups.find(
      ({ first, byDisk }) => !byDisk.has(snapshot.diskUuid) && together(first, snapshot),
    );
    if (group !== undefined) group.byDisk.set(snapshot.diskUuid, snapshot);
    else
      groups.push({ name: snapshot.name, first: snapshot, byDisk: new Map([[snapshot.diskUuid, snapshot]]) });
  }
  return groups.map(({ name, first, byDisk }) => ({ key: first.uuid, name, takenAt: first.takenAt, byDisk }));
}

function together(a: Snapshot, b: Snapshot): boolean {
  if (a.vmSnapshotUuid !== undefined && b.vmSnapshotUuid !== undefined)
    return a.vmSnapshotUuid === b.vmSnapshotUuid;
  if (a.jobId !== undefined && b.jobId !== undefined) return a.jobId === b.jobId;
  return Math.abs(Date.parse(a.takenAt) - Date.parse(b.takenAt)) < SAME_MOMENT_MS;
}
