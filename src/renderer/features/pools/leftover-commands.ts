import type { RequestOutput } from '../../../shared/contract/requests';
import { formatDateTime, plural } from '../../platform/format';
import { toObjectRef } from '../../platform/object-ref';
import type { Services } from '../../workbench/services';

type Leftovers = RequestOutput<'leftovers.list'>;

const KINDS = {
  attachment: 'attached to a host',
  'vm-snapshot': 'VM snapshot',
  'disk-snapshot': 'disk snapshot',
  'unfinished-disk': 'disk of a restore',
  'restored-disk': 'restored well: it stays, only its marks are taken off',
  task: 'task',
} as const;

const describe = ({ kind, name, createdAt }: Leftovers[number]): string =>
  `${name} (${KINDS[kind]}${createdAt === undefined ? '' : `, made ${formatDateTime(createdAt)}`})`;

/** Removing what interrupted exports left on a pool, after showing what it is. */
export function registerLeftoverCommands(services: Services): void {
  const { commands, engine, dialogs, notifications, pools, selection } = services;

  const offer = async (
    poolId: string,
    found: Leftovers,
    question: { readonly title: string; readonly message: string; readonly action: string },
  ): Promise<void> => {
    if (found.length === 0) return;
    if (!(await dialogs.confirm({ ...question, list: found.map(describe), danger: true }))) return;
    const cleaned = await engine.ask('leftovers.clean', { poolId, uuids: found.map(({ uuid }) => uuid) });
    for (const { failure } of cleaned?.value ?? []) if (failure !== undefined) notifications.failure(failure);
  };

  const clean = async (poolId: string): Promise<void> => {
    const listed = await engine.ask('leftovers.list', { poolId });
    if (listed === undefined) return;
    const found = listed.value;
    if (found.length === 0) {
      notifications.add({ severity: 'info', message: 'Nothing that exports left behind is on the pool.' });
      return;
    }
    const ours = found.filter(({ mayBeElsewhere }) => !mayBeElsewhere);
    await offer(poolId, ours, {
      title: `Remove ${plural(ours.length, 'leftover')}?`,
      message: 'Deltascope made these for exports that did not finish. Nothing else on the pool is touched.',
      action: 'Remove',
    });
    const others = found.filter(({ mayBeElsewhere }) => mayBeElsewhere);
    await offer(poolId, others, {
      title: `Remove ${plural(others.length, 'object')} that may be in use elsewhere?`,
      message:
        'Deltascope made these less than a day ago, for exports that this computer knows nothing of. One that still runs on another computer would fail.',
      action: 'Remove All the Same',
    });
  };

  commands.register({
    id: 'leftovers.clean',
    title: 'Remove Leftovers of Exports…',
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
