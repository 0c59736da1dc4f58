import type { Inventory } from '../../../../shared/model/inventory';
import { vmOf } from '../plan/folders';
import type { WriteExport } from '../write-export';
import type { DiskToExport } from './export-disk';

/** What a manifest says about where the data comes from. */
export function about(inventory: Inventory, disk: DiskToExport): WriteExport['about'] {
  const { plan, snapshot, takenAt, use, mode, reason } = disk;
  const found = inventory.disks.find(({ uuid }) => uuid === plan.diskUuid);
  const vm = found && vmOf(found, inventory.vms);
  const device = found?.attachments.find(({ vmUuid }) => vmUuid === vm?.uuid)?.device;
  const storage = inventory.storages.find(({ uuid }) => uuid === found?.storageUuid)?.name ?? '';
  return {
    pool: { uuid: inventory.poolUuid, name: inventory.poolName },
    ...(vm ? { vm: { uuid: vm.uuid, name: vm.name } } : {}),
    disk: {
      uuid: plan.diskUuid,
      name: plan.diskName,
      storage,
      ...(device === undefined ? {} : { device }),
    },
    snapshot: {
      uuid: snapshot.snapshotUuid,
      takenAt: takenAt.toISOString(),
      ...(snapshot.contentId === undefined ? {} : { contentId: snapshot.contentId }),
    },
    ...(use ? { use } : {}),
    mode,
    reason,
  };
}
