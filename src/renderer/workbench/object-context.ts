import type { Job } from '../../shared/model/job';
import type { ContextOverlay } from '../platform/context-keys';
import { toObjectRef, type ObjectKind, type ObjectRef } from '../platform/object-ref';
import { isActive } from '../stores/jobs';
import type { Services } from './services';

/** What `when` clauses may ask about an object. */
export function objectContext(services: Services, ref: ObjectRef | undefined): ContextOverlay {
  if (ref === undefined) return { ...NOTHING };
  if (ref.kind === 'job')
    return { ...NOTHING, 'object.kind': 'job', ...jobContext(services.jobs.byId(ref.uuid)) };
  const pool = services.pools.byId(ref.poolId);
  const inventory = services.inventory.pool(ref.poolId);
  const vm = inventory?.vms.get(ref.uuid);
  const snapshot = inventory?.snapshots.get(ref.uuid);
  const disk = inventory?.disks.get(snapshot?.diskUuid ?? ref.uuid);
  const owner = vm ?? (disk === undefined ? undefined : inventory?.vmOf(disk));
  const storage = disk === undefined ? undefined : inventory?.storages.get(disk.storageUuid);
  return {
    ...NOTHING,
    'object.kind': ref.kind,
    'pool.connected': pool?.state === 'connected',
    'pool.demo': pool?.isDemo ?? false,
    'vm.hasDisks': vm !== undefined && vm.diskUuids.length > 0,
    'vm.running': owner?.powerState === 'running',
    'vm.cbtOff':
      vm !== undefined && inventory !== undefined && inventory.disksOf(vm).some((of) => !of.cbtEnabled),
    'disk.cbt': disk?.cbtEnabled ?? false,
    'disk.canTrack': storage?.supportsCbt ?? false,
    'disk.hasVm': disk !== undefined && owner !== undefined,
    'snapshot.hasData': snapshot?.hasData ?? false,
  };
}

const NOTHING: ContextOverlay = {
  'object.kind': '',
  'pool.connected': false,
  'pool.demo': false,
  'vm.hasDisks': false,
  'vm.running': false,
  'vm.cbtOff': false,
  'disk.cbt': false,
  'disk.canTrack': false,
  'disk.hasVm': false,
  'snapshot.hasData': false,
  'job.state': '',
  'job.active': false,
};

const jobContext = (job: Job | undefined): ContextOverlay => ({
  'job.state': job?.state ?? '',
  'job.active': job !== undefined && isActive(job),
});

/** The object a command acts on: its argument if it has one, else what is selected. */
export const targetOf = (services: Services, argument: unknown): ObjectRef | undefined =>
  toObjectRef(argument) ?? services.selection.object();

/** As {@link targetOf}, of one of the given kinds; tells the user when there is none. */
export function requireTarget(
  services: Services,
  argument: unknown,
  ...kinds: readonly ObjectKind[]
): ObjectRef | undefined {
  const ref = targetOf(services, argument);
  if (ref !== undefined && kinds.includes(ref.kind)) return ref;
  const names = kinds.map((kind) => (kind === 'vm' ? 'VM' : kind)).join(' or a ');
  services.notifications.add({ severity: 'info', message: `Select a ${names} in the Pools view first.` });
  return undefined;
}
