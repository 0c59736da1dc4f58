import { plural } from '../../platform/format';
import { toObjectRef } from '../../platform/object-ref';
import type { Services } from '../../workbench/services';

const KINDS = {
  attachment: 'attached to a host',
  'vm-snapshot': 'VM snapshot',
  'disk-snapshot': 'disk snapshot',
  'unfinished-disk': 'disk of a restore',
} as const;

/** Removing what interrupted exports left on a pool, after showing what it is. */
export function registerLeftoverCommands(services: Services): void {
  const { commands, engine, dialogs, notifications, pools, selection } = services;

  const clean = async (poolId: string): Promise<void> => {
    const listed = await engine.ask('leftovers.list', { poolId });
    if (listed === undefined) return;
    const found = listed.value;
    if (found.length === 0) {
      notifications.add({ severity: 'info', message: 'Nothing of interrupted exports is left on the pool.' });
      return;
    }
    const yes = await dialogs.confirm({
      title: `Remove ${plural(found.length, 'leftover')}?`,
      message: 'Deltascope made these for exports that did not finish. Nothing else on the pool is touched.',
      list: found.map(({ kind, name }) => `${name} (${KINDS[kind]})`),
      action: 'Remove',
      danger: true,
    });
    if (!yes) return;
    const cleaned = await engine.ask('leftovers.clean', { poolId, uuids: found.map(({ uuid }) => uuid) });
    for (const { failure } of cleaned?.value ?? []) if (failure !== undefined) notifications.failure(failure);
  };

  commands.register({
    id: 'leftovers.clean',
    title: 'Remove Leftovers of Interrupted Exports…',
    category: 'Pool',
    icon: 'trash',
    when: 'pools.anyConnected',
    run: async (argument) => {
      const connected = pools.getState().pools.filter(({ state }) => state === 'connected');
      const wanted = (toObjectRef(argument) ?? selection.object())?.poolId;
      const pool = connected.find(({ id }) => id === wanted) ?? connected[0];
      if (pool !== undefined) await clean(pool.id);
    },
  });
}
