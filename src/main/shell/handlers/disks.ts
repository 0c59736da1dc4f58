import { randomUUID } from 'node:crypto';
import { changedBlocks, finishSnapshot, setCbtEnabled, takeSnapshotToKeep } from '../../engine/cbt';
import { openSnapshot } from '../../engine/export/run/snapshot-source';
import { readDiskLayout } from '../../engine/partition/disk-layout';
import { fail } from '../../../shared/model/failure';
import { unwrap } from '../../../shared/model/result';
import type { Handlers } from '../ipc';
import type { PoolService } from '../pool-service';

type DiskHandlers = Pick<
  Handlers,
  'cbt.setEnabled' | 'snapshots.create' | 'snapshots.finish' | 'blocks.changed' | 'disk.layout'
>;

/** Requests about disks: change tracking, snapshots, changed blocks. */
export function diskHandlers(pools: PoolService): DiskHandlers {
  return {
    'cbt.setEnabled': async ({ poolId, diskUuids, enabled }) => {
      const changes = await setCbtEnabled(pools.connection(poolId), diskUuids, enabled);
      return changes.map(({ diskUuid, result }) => ({
        diskUuid,
        ...(result.ok ? {} : { failure: result.failure }),
      }));
    },
    'snapshots.create': async ({ poolId, vmUuid }) => {
      const connection = pools.connection(poolId);
      const taken = unwrap(await takeSnapshotToKeep(connection, { vmUuid, jobId: randomUUID() }));
      unwrap(await connection.refresh());
      return { vmSnapshotUuid: taken.vmSnapshotUuid, disks: [...taken.disks] };
    },
    'snapshots.finish': async ({ poolId, snapshotUuid, how }) => {
      const connection = pools.connection(poolId);
      const snapshots = connection.inventory().snapshots;
      const vmSnapshotUuid = snapshots.find(({ uuid }) => uuid === snapshotUuid)?.vmSnapshotUuid;
      // The disks of a VM snapshot go together, since the VM snapshot has to go first.
      const together = snapshots.filter(
        (other) => other.uuid === snapshotUuid || (vmSnapshotUuid && other.vmSnapshotUuid === vmSnapshotUuid),
      );
      const snapshot = {
        ...(vmSnapshotUuid === undefined ? {} : { vmSnapshotUuid }),
        snapshotUuids: together.map(({ uuid }) => uuid),
      };
      // The admin asked for this one by hand, so it may also be one that Deltascope did not make.
      for (const { result } of unwrap(await finishSnapshot(connection, snapshot, how, { force: true })))
        unwrap(result);
      return undefined;
    },
    'blocks.changed': async ({ poolId, fromUuid, toUuid }) => {
      const connection = pools.connection(poolId);
      const { snapshots, disks } = connection.inventory();
      const to = snapshots.find(({ uuid }) => uuid === toUuid);
      const disk = disks.find(({ uuid }) => uuid === (to?.diskUuid ?? toUuid));
      const sizeBytes =
        to?.sizeBytes ??
        disk?.sizeBytes ??
        fail({
          code: 'object-gone',
          message: 'This snapshot is no longer on the pool.',
          nextStep: 'Choose another interval.',
        });
      const bitmap = unwrap(await changedBlocks(connection, fromUuid, toUuid, sizeBytes));
      // A view of a larger buffer would be copied whole.
      return { sizeBytes, bitmap: new Uint8Array(bitmap.bytes) };
    },
    'disk.layout': async ({ poolId, snapshotUuid }) => {
      const source = unwrap(await openSnapshot(pools.connection(poolId), snapshotUuid));
      try {
        return unwrap(await readDiskLayout(source));
      } finally {
        await source.close();
      }
    },
  };
}
