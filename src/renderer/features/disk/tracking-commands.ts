import type { Disk } from '../../../shared/model/inventory';
import type { ObjectRef } from '../../platform/object-ref';
import { plural } from '../../platform/format';
import { requireTarget } from '../../workbench/object-context';
import type { Services } from '../../workbench/services';

/** Turning changed block tracking on and off. */
export function registerTrackingCommands(services: Services): void {
  const { commands, engine, inventory, dialogs, notifications, registries, trackingChanges } = services;
  const category = 'Disk';

  /** The disk itself, or all disks of the VM. */
  const disksOf = ({ kind, poolId, uuid }: ObjectRef): Disk[] => {
    const pool = inventory.pool(poolId);
    const vm = kind === 'vm' ? pool?.vms.get(uuid) : undefined;
    const disk = pool?.disks.get(uuid);
    return vm !== undefined && pool !== undefined ? pool.disksOf(vm) : disk === undefined ? [] : [disk];
  };

  const set = async (poolId: string, disks: readonly Disk[], enabled: boolean): Promise<void> => {
    const changing = disks.filter(({ cbtEnabled }) => cbtEnabled !== enabled);
    if (changing.length === 0) return;
    const diskUuids = changing.map(({ uuid }) => uuid);
    if (!enabled) trackingChanges.expect(diskUuids);
    const answer = await engine.ask('cbt.setEnabled', { poolId, diskUuids, enabled });
    if (answer === undefined) diskUuids.forEach(trackingChanges.take);
    for (const { diskUuid, failure } of answer?.value ?? []) {
      if (failure === undefined) continue;
      trackingChanges.take(diskUuid);
      const name = changing.find(({ uuid }) => uuid === diskUuid)?.name ?? diskUuid;
      notifications.failure({ ...failure, message: `${name}: ${failure.message}` });
    }
  };

  const disable = async (poolId: string, disks: readonly Disk[]): Promise<void> => {
    const tracked = disks.filter(({ cbtEnabled }) => cbtEnabled);
    const one = tracked.length === 1;
    const yes = await dialogs.confirm({
      title: `Disable change tracking of ${one ? `“${tracked[0].name}”` : plural(tracked.length, 'disk')}?`,
      message: `The pool forgets what changed so far. The next export of ${one ? 'the' : 'each'} disk is a full one, and other backup tools that rely on change tracking have to start over too.`,
      action: 'Disable Change Tracking',
      danger: true,
    });
    if (yes) await set(poolId, tracked, false);
  };

  commands.register(
    {
      id: 'cbt.enable',
      title: 'Enable Change Tracking',
      category,
      icon: 'pulse',
      when: "pool.connected && ((object.kind == 'disk' && !disk.cbt && disk.canTrack) || (object.kind == 'vm' && vm.cbtOff))",
      run: async (argument) => {
        const ref = requireTarget(services, argument, 'disk', 'vm');
        if (ref !== undefined) await set(ref.poolId, disksOf(ref), true);
      },
    },
    {
      id: 'cbt.disable',
      title: 'Disable Change Tracking…',
      category,
      icon: 'circle-slash',
      when: "pool.connected && object.kind == 'disk' && disk.cbt",
      run: async (argument) => {
        const ref = requireTarget(services, argument, 'disk', 'vm');
        if (ref !== undefined) await disable(ref.poolId, disksOf(ref));
      },
    },
  );
  registries.menus.register(
    { id: 'disk/cbt.enable', menu: 'tree/disk', command: 'cbt.enable', group: '3', inline: true },
    { id: 'disk/cbt.disable', menu: 'tree/disk', command: 'cbt.disable', group: '3', order: 1 },
    { id: 'vm/cbt.enable', menu: 'tree/vm', command: 'cbt.enable', group: '3' },
  );
}
