import type { DiskPlan } from '../../../../shared/model/export-plan';
import type { Inventory, Vm } from '../../../../shared/model/inventory';
import { vmOf } from '../plan/folders';

/** Disks that are snapshotted together. */
export interface DiskGroup {
  /** Undefined for a disk that no VM holds. */
  readonly vm: Vm | undefined;
  readonly disks: readonly DiskPlan[];
}

/** One group per VM, and one for each disk without a VM. */
export function groupByVm(disks: readonly DiskPlan[], { disks: known, vms }: Inventory): DiskGroup[] {
  const groups = new Map<string, { vm: Vm | undefined; disks: DiskPlan[] }>();
  for (const plan of disks) {
    const disk = known.find(({ uuid }) => uuid === plan.diskUuid);
    const vm = disk && vmOf(disk, vms);
    const key = vm?.uuid ?? plan.diskUuid;
    const group = groups.get(key) ?? { vm, disks: [] };
    group.disks.push(plan);
    groups.set(key, group);
  }
  return [...groups.values()];
}
