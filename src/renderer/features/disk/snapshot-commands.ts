import type { Snapshot } from '../../../shared/model/inventory';
import { formatBytes, plural } from '../../platform/format';
import type { ObjectRef } from '../../platform/object-ref';
import { requireTarget } from '../../workbench/object-context';
import type { Services } from '../../workbench/services';

/** Taking snapshots and letting them go. */
export function registerSnapshotCommands(services: Services): void {
  const { commands, engine, inventory, dialogs, notifications, registries } = services;
  const category = 'Snapshot';

  /** The VM of what is selected. */
  const vmOf = ({ kind, poolId, uuid }: ObjectRef): string | undefined => {
    const pool = inventory.pool(poolId);
    if (kind === 'vm') return uuid;
    const disk = pool?.disks.get(kind === 'snapshot' ? (pool.snapshots.get(uuid)?.diskUuid ?? '') : uuid);
    return disk && pool?.vmOf(disk)?.uuid;
  };
  const withVm = async (
    argument: unknown,
    act: (poolId: string, vmUuid: string) => Promise<void>,
  ): Promise<void> => {
    const ref = requireTarget(services, argument, 'vm', 'disk', 'snapshot');
    if (ref === undefined) return;
    const vmUuid = vmOf(ref);
    if (vmUuid !== undefined) await act(ref.poolId, vmUuid);
    else
      notifications.add({
        severity: 'info',
        message: 'This disk belongs to no VM, so there is nothing to snapshot.',
      });
  };

  /** The disks of one VM snapshot go together, since the VM snapshot has to go first. */
  const countTogether = (poolId: string, { vmSnapshotUuid }: Snapshot): number => {
    if (vmSnapshotUuid === undefined) return 1;
    const all = inventory.pool(poolId)?.snapshots.values() ?? [];
    return [...all].filter((other) => other.vmSnapshotUuid === vmSnapshotUuid).length;
  };

  const finish = async (argument: unknown, how: 'purge' | 'remove'): Promise<void> => {
    const ref = requireTarget(services, argument, 'snapshot');
    const snapshot = ref && inventory.pool(ref.poolId)?.snapshots.get(ref.uuid);
    if (ref === undefined || snapshot === undefined) return;
    const together = plural(countTogether(ref.poolId, snapshot), 'disk');
    const yes = await dialogs.confirm(
      how === 'purge'
        ? {
            title: `Reduce “${snapshot.name}” to its change log?`,
            message: `The data of this snapshot (${together}) is destroyed and its space freed. The change log stays, so the next export can still be an increment on an export of this snapshot. This cannot be undone.`,
            action: 'Destroy the data',
            danger: true,
          }
        : {
            title: `Remove “${snapshot.name}”?`,
            message: `${
              snapshot.ours ? '' : 'Deltascope did not make this snapshot. '
            }The snapshot (${together}) and its change log are removed from the pool. The next export that would build on it is a full one. This cannot be undone.`,
            action: 'Remove snapshot',
            danger: true,
          },
    );
    if (yes) await engine.ask('snapshots.finish', { poolId: ref.poolId, snapshotUuid: ref.uuid, how });
  };

  const inPool = "pool.connected && (object.kind == 'vm' || (object.kind == 'disk' && disk.hasVm))";
  commands.register(
    {
      id: 'snapshot.create',
      title: 'Take Snapshot',
      category,
      icon: 'device-camera',
      when: inPool,
      run: (argument) =>
        withVm(argument, async (poolId, vmUuid) => {
          await engine.ask('snapshots.create', { poolId, vmUuid });
        }),
    },
    {
      id: 'snapshot.purge',
      title: 'Keep Only the Change Log…',
      category,
      icon: 'list-flat',
      when: "pool.connected && object.kind == 'snapshot' && snapshot.hasData && disk.cbt",
      run: (argument) => finish(argument, 'purge'),
    },
    {
      id: 'snapshot.remove',
      title: 'Remove Snapshot…',
      category,
      icon: 'trash',
      when: "pool.connected && object.kind == 'snapshot'",
      run: (argument) => finish(argument, 'remove'),
    },
    {
      id: 'demo.guestActivity',
      title: 'Let the Guest Write',
      category: 'Demo',
      icon: 'edit',
      when: `pool.demo && ${inPool} && vm.running`,
      run: (argument) =>
        withVm(argument, async (poolId, vmUuid) => {
          const answer = await engine.ask('demo.guestActivity', { poolId, vmUuid });
          if (answer === undefined) return;
          const name = inventory.pool(poolId)?.vms.get(vmUuid)?.name ?? 'The guest';
          const message = `${name} wrote ${formatBytes(answer.value.bytesWritten)} to its disks.`;
          notifications.add({
            severity: 'success',
            message,
            nextStep: 'Take a snapshot to see where.',
            actions: [
              {
                title: 'Take Snapshot',
                command: 'snapshot.create',
                args: [{ kind: 'vm', poolId, uuid: vmUuid }],
              },
            ],
          });
        }),
    },
  );
  registries.menus.register(
    { id: 'vm/snapshot', menu: 'tree/vm', command: 'snapshot.create', group: '4' },
    { id: 'vm/guest', menu: 'tree/vm', command: 'demo.guestActivity', group: '4', order: 1 },
    { id: 'disk/snapshot', menu: 'tree/disk', command: 'snapshot.create', group: '4' },
    { id: 'disk/guest', menu: 'tree/disk', command: 'demo.guestActivity', group: '4', order: 1 },
    { id: 'snapshot/purge', menu: 'tree/snapshot', command: 'snapshot.purge', group: '4' },
    { id: 'snapshot/remove', menu: 'tree/snapshot', command: 'snapshot.remove', group: '4', order: 1 },
  );
}
