import { plug, unplug } from '../disks/plugging';
import type { PoolState } from '../pool-state';
import { NULL_REF } from '../records/field';
import { DateTime } from '../rpc/value';
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

/** Starts a halted VM on a host and attaches its disks. @param at when the pool says it was */
export function startVm(pool: PoolState, vm: string, host: string, at = pool.clock.now()): void {
  const { db } = pool;
  assertNotBlocked(pool, vm, 'start');
  if (db.VM.get(vm).is_a_template) throw new XapiError('VM_IS_TEMPLATE', vm, 'start');
  assertPowerState(pool, vm, 'Halted');
  db.VM.update(vm, { power_state: 'Running', resident_on: host, domid: nextDomain(pool) });
  for (const vbd of db.VM.get(vm).VBDs) plug(pool, vbd);
  refreshVmOperations(pool, vm);
  tellOf(pool, vm, 'VM_STARTED', `started on host: ${hostWords(pool, host, '')}`, at);
}

/** Restarts a running VM: its disks are detached and attached again. */
export function rebootVm(pool: PoolState, vm: string, how: 'cleanly' | 'forcibly'): void {
  const { db } = pool;
  assertPowerState(pool, vm, 'Running');
  detachAll(pool, vm);
  db.VM.update(vm, { domid: nextDomain(pool) });
  for (const vbd of db.VM.get(vm).VBDs) plug(pool, vbd);
  tellOf(pool, vm, 'VM_REBOOTED', `rebooted ${how}`);
}

/** Moves a running VM to another host. */
export function migrateVm(pool: PoolState, vm: string, host: string): void {
  const { db } = pool;
  assertPowerState(pool, vm, 'Running');
  const from = hostWords(pool, db.VM.get(vm).resident_on, "'");
  db.VM.update(vm, { resident_on: host, domid: nextDomain(pool) });
  tellOf(pool, vm, 'VM_MIGRATED', `migrated from host ${from} to host ${hostWords(pool, host, "'")}`);
}

/** Shuts a running VM down. */
export function haltVm(pool: PoolState, vm: string): void {
  powerOff(pool, vm);
  tellOf(pool, vm, 'VM_SHUTDOWN', 'shutdown');
}

/** A guest powers off by itself: no call ends, so no message is made. */
export function powerOff(pool: PoolState, vm: string): void {
  const { db } = pool;
  assertPowerState(pool, vm, 'Running');
  detachAll(pool, vm);
  db.VM.update(vm, { power_state: 'Halted', resident_on: NULL_REF, domid: -1 });
  refreshVmOperations(pool, vm);
}

export const tellOfRevert = (pool: PoolState, vm: string): void =>
  tellOf(pool, vm, 'VM_SNAPSHOT_REVERTED', 'reverted to snapshot');

function nextDomain({ db }: PoolState): number {
  let highest = 0;
  for (const { record } of db.VM.rows()) highest = Math.max(highest, record.domid);
  return highest + 1;
}

function detachAll(pool: PoolState, vm: string): void {
  const { db } = pool;
  for (const vbd of db.VM.get(vm).VBDs) if (db.VBD.get(vbd).currently_attached) unplug(pool, vbd);
}

const hostWords = ({ db }: PoolState, host: string, quote: string): string => {
  const { name_label, uuid } = db.host.get(host);
  return `${quote}${name_label}${quote} (uuid: ${uuid})`;
};

/** Source: xen-api ocaml/xapi/message_forwarding.ml, `create_vm_message`. */
function tellOf({ db, clock }: PoolState, vm: string, name: string, what: string, at = clock.now()): void {
  const { uuid, name_label } = db.VM.get(vm);
  db.message.create({
    name,
    priority: 5,
    cls: 'VM',
    obj_uuid: uuid,
    timestamp: new DateTime(at),
    body: `VM '${name_label}' (uuid: ${uuid}) ${what}`,
  });
}
