import { cloneDisk, destroyDisk, snapshotDisk } from '../disks/lifecycle';
import { plug, unplug } from '../disks/plugging';
import type { PoolState } from '../pool-state';
import type { RecordFor } from '../records/database';
import { NULL_REF } from '../records/field';
import { DateTime } from '../rpc/value';
import { XapiError } from '../rpc/xapi-error';
import { assertNotBlocked, assertPowerState, refreshVmOperations, tellOfRevert } from './power';

type Vbd = RecordFor<'VBD'>;

/**
 * A snapshot of a VM: its disks one after another, not at one moment, and a VM record that holds them.
 * Source: xen-api doc/content/xen-api/topics/snapshots.md, ocaml/xapi/xapi_vm_clone.ml.
 */
export async function snapshotVm(
  pool: PoolState,
  vm: string,
  name: string,
  ignored: readonly string[],
  progress: (fraction: number) => void,
): Promise<string> {
  const { db } = pool;
  assertNotBlocked(pool, vm, 'snapshot');
  const vbds = [...db.VM.get(vm).VBDs].map((vbd) => db.VBD.get(vbd));
  const wanted = vbds.filter(({ VDI, empty }) => empty || !ignored.includes(VDI));
  const taken: { vbd: Vbd; vdi: string }[] = [];
  try {
    for (const vbd of wanted) {
      const isDisk = vbd.type === 'Disk' && !vbd.empty;
      taken.push({ vbd, vdi: isDisk ? await snapshotDisk(pool, vbd.VDI) : vbd.VDI });
      progress(taken.length / (wanted.length + 1));
    }
  } catch (error) {
    for (const { vbd, vdi } of taken) if (vdi !== vbd.VDI) await destroyDisk(pool, vdi);
    throw error;
  }
  const snapshot = createSnapshotRecord(pool, vm, name);
  for (const { vbd, vdi } of taken) copyVbd(pool, vbd, snapshot, vdi);
  db.VM.update(vm, { parent: snapshot });
  return snapshot;
}

function createSnapshotRecord(pool: PoolState, vm: string, name: string): string {
  const { db, clock } = pool;
  const source = db.VM.get(vm);
  const snapshot = db.VM.create({
    ...source,
    // What belongs to one VM alone starts anew.
    ...{ uuid: pool.newUuid(), VBDs: new Set(), VIFs: new Set(), snapshots: new Set(), children: new Set() },
    name_label: name,
    is_a_template: true,
    is_a_snapshot: true,
    snapshot_of: vm,
    snapshot_time: new DateTime(clock.now()),
    snapshot_info: {
      'power-state-at-snapshot': source.power_state,
      'disk-snapshot-type': 'crash_consistent',
    },
    power_state: 'Halted',
    resident_on: NULL_REF,
    domid: -1,
    blocked_operations: {},
    current_operations: {},
  });
  refreshVmOperations(pool, snapshot);
  return snapshot;
}

function copyVbd({ db }: PoolState, vbd: Vbd, vm: string, vdi: string): string {
  const { userdevice, bootable, mode, type, unpluggable, empty, other_config } = vbd;
  return db.VBD.create({
    ...{ userdevice, bootable, mode, type, unpluggable, empty, other_config },
    VM: vm,
    VDI: vdi,
    allowed_operations: ['attach'],
  });
}

/** Removes a VM's records. Its disks stay, as XAPI leaves them. */
export function destroyVm(pool: PoolState, vm: string): void {
  const { db } = pool;
  assertNotBlocked(pool, vm, 'destroy');
  assertPowerState(pool, vm, 'Halted');
  const { VBDs, VIFs, children, parent, metrics, guest_metrics, is_control_domain } = db.VM.get(vm);
  if (is_control_domain) throw new XapiError('OPERATION_NOT_ALLOWED', 'Cannot destroy a control domain');
  for (const vbd of [...VBDs]) db.VBD.destroy(vbd);
  for (const vif of [...VIFs]) db.VIF.destroy(vif);
  for (const child of [...children]) db.VM.update(child, { parent });
  const isShared = db.VM.get(vm).is_a_snapshot;
  if (!isShared && db.VM_metrics.has(metrics)) db.VM_metrics.destroy(metrics);
  if (!isShared && db.VM_guest_metrics.has(guest_metrics)) db.VM_guest_metrics.destroy(guest_metrics);
  db.VM.destroy(vm);
}

/** Puts a VM back to a snapshot: its disks are replaced by clones of the snapshot's, which are not tracked. */
export async function revertVm(pool: PoolState, snapshot: string): Promise<void> {
  const { db } = pool;
  const { is_a_snapshot, snapshot_of: vm, VBDs } = db.VM.get(snapshot);
  if (!is_a_snapshot) throw new XapiError('ONLY_REVERT_SNAPSHOT');
  const { power_state } = db.VM.get(vm);
  for (const vbd of [...db.VM.get(vm).VBDs]) {
    const { VDI, currently_attached } = db.VBD.get(vbd);
    if (currently_attached) unplug(pool, vbd);
    db.VBD.destroy(vbd);
    if (db.VDI.has(VDI)) await destroyDisk(pool, VDI);
  }
  for (const vbd of [...VBDs].map((ref) => db.VBD.get(ref))) {
    const vdi = vbd.empty ? vbd.VDI : await cloneDisk(pool, vbd.VDI);
    const copy = copyVbd(pool, vbd, vm, vdi);
    if (power_state === 'Running') plug(pool, copy);
  }
  db.VM.update(vm, { parent: snapshot });
  tellOfRevert(pool, vm);
}
