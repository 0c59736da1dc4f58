import { plug, unplug } from '../disks/plugging';
import type { PoolState } from '../pool-state';
import { NULL_REF } from '../records/field';
import { XapiError } from '../rpc/xapi-error';

const OPERATIONS: Readonly<Record<string, readonly string[]>> = {
  Halted: ['snapshot', 'copy', 'clone', 'start', 'start_on', 'destroy', 'export', 'migrate_send'],
  Running: ['snapshot', 'clean_shutdown', 'hard_shutdown', 'pool_migrate', 'migrate_send', 'clean_reboot'],
};
const SNAPSHOT_OPERATIONS = ['create_template', 'provision', 'destroy', 'revert', 'export', 'copy', 'clone'];

export function refreshVmOperations({ db }: PoolState, vm: string): void {
  const { is_a_snapshot, power_state, blocked_operations } = db.VM.get(vm);
  const all = is_a_snapshot ? SNAPSHOT_OPERATIONS : (OPERATIONS[power_state] ?? []);
  db.VM.update(vm, {
    allowed_operations: all.filter((operation) => !Object.hasOwn(blocked_operations, operation)),
  });
}

/** @throws XapiError OPERATION_BLOCKED when an admin or another product blocked it */
export function assertNotBlocked({ db }: PoolState, vm: string, operation: string): void {
  const { blocked_operations } = db.VM.get(vm);
  if (Object.hasOwn(blocked_operations, operation)) {
    throw new XapiError('OPERATION_BLOCKED', vm, blocked_operations[operation]);
  }
}

/** @throws XapiError VM_BAD_POWER_STATE */
export function assertPowerState({ db }: PoolState, vm: string, expected: 'Halted' | 'Running'): void {
  const { power_state } = db.VM.get(vm);
  if (power_state !== expected) {
    throw new XapiError('VM_BAD_POWER_STATE', vm, expected.toLowerCase(), power_state.toLowerCase());
  }
}

/** Starts a halted VM on a host and attaches its disks. */
export function startVm(pool: PoolState, vm: string, host: string): void {
  const { db } = pool;
  assertNotBlocked(pool, vm, 'start');
  if (db.VM.get(vm).is_a_template) throw new XapiError('VM_IS_TEMPLATE', vm, 'start');
  assertPowerState(pool, vm, 'Halted');
  db.VM.update(vm, { power_state: 'Running', resident_on: host, domid: nextDomain(pool) });
  for (const vbd of db.VM.get(vm).VBDs) plug(pool, vbd);
  refreshVmOperations(pool, vm);
}

/** Halts a running VM and detaches its disks. */
export function haltVm(pool: PoolState, vm: string): void {
  const { db } = pool;
  assertPowerState(pool, vm, 'Running');
  for (const vbd of db.VM.get(vm).VBDs) if (db.VBD.get(vbd).currently_attached) unplug(pool, vbd);
  db.VM.update(vm, { power_state: 'Halted', resident_on: NULL_REF, domid: -1 });
  refreshVmOperations(pool, vm);
}

function nextDomain({ db }: PoolState): number {
  let highest = 0;
  for (const { record } of db.VM.rows()) highest = Math.max(highest, record.domid);
  return highest + 1;
}
