import {
  assertNotBlocked,
  haltVm,
  migrateVm,
  rebootVm,
  refreshVmOperations,
  startVm,
} from '../machines/power';
import { destroyVm, revertVm, snapshotVm } from '../machines/snapshots';
import { masterRef, type PoolState } from '../pool-state';
import { XapiError } from '../rpc/xapi-error';
import { instantMethod, method, type Method } from './method';
import { bool, map, optional, ref, set, string } from './parameter';

const vm = ref('vm');
const self = ref('self');

function stop(pool: PoolState, machine: string, operation: string): void {
  assertNotBlocked(pool, machine, operation);
  haltVm(pool, machine);
}

function restart(pool: PoolState, machine: string, operation: string, how: 'cleanly' | 'forcibly'): void {
  assertNotBlocked(pool, machine, operation);
  rebootVm(pool, machine, how);
}

export const vmMethods: readonly Method[] = [
  method(
    'VM.snapshot',
    [vm, string('new_name'), optional(set('ignore_vdis'))],
    (context, machine, name, ignored) =>
      snapshotVm(context.pool, machine, name, ignored ?? [], (done) => context.progress(done)),
  ),
  method('VM.revert', [ref('snapshot')], ({ pool }, snapshot) => revertVm(pool, snapshot)),
  method('VM.destroy', [self], ({ pool }, machine) => destroyVm(pool, machine)),
  method('VM.start', [vm, bool('start_paused'), bool('force')], ({ pool }, machine) => {
    const { affinity } = pool.db.VM.get(machine);
    startVm(pool, machine, pool.db.host.has(affinity) ? affinity : masterRef(pool));
  }),
  method('VM.start_on', [vm, ref('host'), bool('start_paused'), bool('force')], ({ pool }, machine, host) => {
    pool.db.host.get(host);
    startVm(pool, machine, host);
  }),
  method('VM.clean_shutdown', [vm], ({ pool }, machine) => stop(pool, machine, 'clean_shutdown')),
  method('VM.hard_shutdown', [vm], ({ pool }, machine) => stop(pool, machine, 'hard_shutdown')),
  method('VM.shutdown', [vm], ({ pool }, machine) => stop(pool, machine, 'shutdown')),
  method('VM.clean_reboot', [vm], ({ pool }, machine) => restart(pool, machine, 'clean_reboot', 'cleanly')),
  method('VM.hard_reboot', [vm], ({ pool }, machine) => restart(pool, machine, 'hard_reboot', 'forcibly')),
  method('VM.pool_migrate', [vm, ref('host'), map('options')], ({ pool }, machine, host) => {
    assertNotBlocked(pool, machine, 'pool_migrate');
    pool.db.host.get(host);
    migrateVm(pool, machine, host);
  }),
  ...blockedOperations(),
];

/** Blocking an operation also takes it off the allowed ones. */
function blockedOperations(): Method[] {
  const update = (
    pool: PoolState,
    machine: string,
    change: (blocked: Readonly<Record<string, string>>) => Readonly<Record<string, string>>,
  ): void => {
    const blocked_operations = change(pool.db.VM.get(machine).blocked_operations);
    pool.db.VM.update(machine, { blocked_operations });
    refreshVmOperations(pool, machine);
  };
  return [
    instantMethod('VM.set_blocked_operations', [self, map('value')], ({ pool }, machine, value) =>
      update(pool, machine, () => value),
    ),
    instantMethod(
      'VM.add_to_blocked_operations',
      [self, string('key'), string('value')],
      ({ pool }, machine, key, value) =>
        update(pool, machine, (blocked) => {
          if (Object.hasOwn(blocked, key)) {
            throw new XapiError('MAP_DUPLICATE_KEY', 'VM', 'blocked_operations', machine, key);
          }
          return { ...blocked, [key]: value };
        }),
    ),
    instantMethod('VM.remove_from_blocked_operations', [self, string('key')], ({ pool }, machine, key) =>
      update(pool, machine, (blocked) =>
        Object.fromEntries(Object.entries(blocked).filter(([each]) => each !== key)),
      ),
    ),
  ];
}
