import { CREATED_MARK, isOurs, isUnfinished, JOB_MARK, KEPT_MARK } from './marks';
import type { RecordCache } from './record-cache';
import type { VdiRecord, VmRecord } from './records';
import { attachmentsOf } from './attachments';

/** Something on the pool that Deltascope made. */
export interface OurObject {
  readonly kind: 'vm-snapshot' | 'disk-snapshot' | 'unfinished-disk' | 'attachment' | 'task';
  readonly uuid: string;
  readonly name: string;
  readonly jobId: string | undefined;
  /** ISO 8601, UTC; of a snapshot by the clock of who made it or of the pool, whichever is later. */
  readonly createdAt: string | undefined;
  /** Meant to stay, as the base of increments. */
  readonly kept: boolean;
}

/**
 * Our snapshots, disks whose restore did not end, and what attaches them to a control domain: NBD connections and
 * transfers that hang.
 */
export function ourObjects(cache: RecordCache): OurObject[] {
  const objects: OurObject[] = [];
  for (const vm of cache.table('vm').values()) {
    if (vm.is_a_snapshot && isOurs(vm)) objects.push(describe('vm-snapshot', vm));
  }
  for (const [ref, vdi] of cache.table('vdi')) {
    const kind = vdi.is_a_snapshot ? 'disk-snapshot' : 'unfinished-disk';
    if (!(vdi.is_a_snapshot ? isOurs(vdi) : isUnfinished(vdi))) continue;
    const { ofControlDomains, ofVms } = attachmentsOf(cache, ref);
    // Somebody gave the disk to a VM: it is theirs now.
    if (kind === 'unfinished-disk' && ofVms.length > 0) continue;
    objects.push(describe(kind, vdi));
    for (const vbd of ofControlDomains) objects.push({ ...describe('attachment', vdi), uuid: vbd.uuid });
  }
  return objects;
}

const describe = (kind: OurObject['kind'], record: VmRecord | VdiRecord): OurObject => ({
  kind,
  uuid: record.uuid,
  name: record.name_label,
  jobId: record.other_config[JOB_MARK],
  createdAt: laterOf(record.other_config[CREATED_MARK], record.snapshot_time),
  kept: KEPT_MARK in record.other_config,
});

/** A computer whose clock is behind makes things that look old. */
function laterOf(marked: string | undefined, taken: string): string | undefined {
  return marked !== undefined && Date.parse(marked) < Date.parse(taken) ? taken : marked;
}
