import { formatLink, linkSchema, type Link } from '../../../shared/model/link';
import { poolRef, type ObjectRef } from '../../platform/object-ref';
import { requireTarget } from '../../workbench/object-context';
import type { Services } from '../../workbench/services';

/** `deltascope://` links: opening what one names, and copying the one of an object. */
export function registerLinkCommands(services: Services): void {
  const { commands, engine, inventory, notifications, pools, registries } = services;
  const category = 'Go';
  let stopWaiting: (() => void) | undefined;

  const find = ({ kind, uuid }: Link): ObjectRef | undefined => {
    for (const [poolId, pool] of inventory.getState().byPool) {
      if (kind === 'pool' ? pool.poolUuid === uuid : pool.find(uuid)?.kind === kind)
        return kind === 'pool' ? poolRef(poolId) : { kind, poolId, uuid };
    }
    return undefined;
  };
  const show = (ref: ObjectRef): Promise<void> =>
    commands.run(ref.kind === 'pool' ? 'pool.show' : 'object.open', ref);

  /** A pool that may hold it is on its way. */
  const isLoading = (): boolean =>
    pools
      .getState()
      .pools.some(
        ({ id, state }) => state === 'connecting' || (state === 'connected' && !inventory.pool(id)),
      );

  /** Shows the object, now or as soon as its pool is connected; the newest link counts. */
  const follow = (link: Link): void => {
    stopWaiting?.();
    stopWaiting = undefined;
    const ref = find(link);
    if (ref !== undefined) {
      void show(ref);
      return;
    }
    stopWaiting = inventory.subscribe(() => {
      if (find(link) !== undefined) follow(link);
    });
    if (isLoading()) return;
    notifications.add({
      severity: 'info',
      message: `The link leads to a ${link.kind} that no connected pool holds.`,
      nextStep: 'Connect to its pool; it is opened then.',
      details: formatLink(link),
      actions: [{ title: 'Connect to a Pool…', command: 'pool.connect', args: [] }],
    });
  };

  commands.register(
    {
      id: 'link.open',
      title: 'Open Link',
      category,
      palette: false,
      run: (argument) => {
        const link = linkSchema.safeParse(argument);
        if (link.success) follow(link.data);
      },
    },
    {
      id: 'link.copy',
      title: 'Copy Link',
      category,
      icon: 'link',
      when: "object.kind == 'pool' || object.kind == 'vm' || object.kind == 'disk' || object.kind == 'snapshot'",
      run: async (argument) => {
        const ref = requireTarget(services, argument, 'pool', 'vm', 'disk', 'snapshot');
        if (ref === undefined || ref.kind === 'job') return;
        const uuid = ref.kind === 'pool' ? inventory.pool(ref.poolId)?.poolUuid : ref.uuid;
        if (uuid !== undefined) await engine.ask('clipboard.write', formatLink({ kind: ref.kind, uuid }));
      },
    },
  );
  for (const kind of ['pool', 'vm', 'disk', 'snapshot']) {
    registries.menus.register({
      id: `${kind}/copyLink`,
      menu: `tree/${kind}`,
      command: 'link.copy',
      group: '9',
      order: 1,
    });
  }
}
