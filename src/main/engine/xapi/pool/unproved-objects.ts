import { isOurs, TAKING_MARK } from './marks';
import type { RecordCache } from './record-cache';
import { jobInSnapshotName } from './snapshot-name';

/**
 * A snapshot that Deltascope probably took before it could mark it. Nothing proves that it is ours: a name can be given by
 * anybody, and the mark of a disk is copied to every snapshot that is taken of it. Only ever shown, never touched.
 */
export interface UnprovedObject {
  readonly kind: 'vm-snapshot' | 'disk-snapshot';
  readonly uuid: string;
  readonly name: string;
  /** The start of a job's id; empty when it is not known. */
  readonly jobIdStart: string;
}

export function unprovedObjects(cache: RecordCache): UnprovedObject[] {
  const objects: UnprovedObject[] = [];
  for (const vm of cache.table('vm').values()) {
    const jobIdStart = jobInSnapshotName(vm.name_label);
    if (jobIdStart === undefined || !vm.is_a_snapshot || isOurs(vm)) continue;
    objects.push({ kind: 'vm-snapshot', uuid: vm.uuid, name: vm.name_label, jobIdStart });
  }
  for (const vdi of cache.table('vdi').values()) {
    const taking = vdi.other_config[TAKING_MARK];
    if (taking === undefined || !vdi.is_a_snapshot || isOurs(vdi)) continue;
    const jobIdStart = jobInSnapshotName(taking) ?? '';
    objects.push({ kind: 'disk-snapshot', uuid: vdi.uuid, name: vdi.name_label, jobIdStart });
  }
  return objects;
}
