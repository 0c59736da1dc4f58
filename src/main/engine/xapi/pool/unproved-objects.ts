import { attachmentsOf } from './attachments';
import { isOurs, JOB_MARK, SELF_MARK, TAKING_MARK, UNFINISHED_MARK } from './marks';
import type { RecordCache } from './record-cache';
import { jobInSnapshotName } from './snapshot-name';

/**
 * What Deltascope probably made and could not mark as its own any more. Nothing proves that it is ours: a name can be given
 * by anybody, and the marks of a disk are copied to every snapshot and every copy that is made of it. Only ever shown, never
 * touched.
 */
export interface UnprovedObject {
  readonly kind: 'vm-snapshot' | 'disk-snapshot' | 'unfinished-disk';
  readonly uuid: string;
  readonly name: string;
  /** The start of a job's id, or all of it; empty when it is not known. */
  readonly jobIdStart: string;
}

export function unprovedObjects(cache: RecordCache): UnprovedObject[] {
  const objects: UnprovedObject[] = [];
  for (const vm of cache.table('vm').values()) {
    const jobIdStart = jobInSnapshotName(vm.name_label);
    if (jobIdStart === undefined || !vm.is_a_snapshot || isOurs(vm)) continue;
    objects.push({ kind: 'vm-snapshot', uuid: vm.uuid, name: vm.name_label, jobIdStart });
  }
  for (const [ref, vdi] of cache.table('vdi')) {
    const { name_label: name, other_config: config } = vdi;
    if (!vdi.is_a_snapshot && UNFINISHED_MARK in config && !(SELF_MARK in config)) {
      if (attachmentsOf(cache, ref).ofVms.length > 0) continue;
      objects.push({ kind: 'unfinished-disk', uuid: vdi.uuid, name, jobIdStart: config[JOB_MARK] ?? '' });
      continue;
    }
    const taking = config[TAKING_MARK];
    if (taking === undefined || !vdi.is_a_snapshot || isOurs(vdi)) continue;
    const jobIdStart = jobInSnapshotName(taking) ?? '';
    objects.push({ kind: 'disk-snapshot', uuid: vdi.uuid, name, jobIdStart });
  }
  return objects;
}
