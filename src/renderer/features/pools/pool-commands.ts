import type { Pool } from '../../../shared/model/inventory';
import { poolRef, toObjectRef } from '../../platform/object-ref';
import type { Services } from '../../workbench/services';

/** Connecting, leaving and forgetting pools. */
export function registerPoolCommands(services: Services): void {
  const { commands, engine, pools, dialogs, layout, notifications, quickInput, registries, selection } =
    services;
  const category = 'Pool';

  const show = (pool: Pool): void => {
    pools.put(pool);
    selection.select(poolRef(pool.id));
    const { expanded } = layout.getState();
    const row = `pool:${pool.id}`;
    layout.setState({
      view: 'pools',
      sideBarVisible: true,
      expanded: expanded.includes(row) ? expanded : [...expanded, row],
    });
  };

  /** The pool of the argument or of what is selected; the only one there is; else the user is asked. */
  const withPool = (argument: unknown, fits: (pool: Pool) => boolean, act: (pool: Pool) => void): void => {
    const ref = toObjectRef(argument) ?? selection.object();
    const candidates = pools.getState().pools.filter(fits);
    const chosen =
      candidates.find(({ id }) => id === ref?.poolId) ??
      (candidates.length === 1 ? candidates[0] : undefined);
    if (chosen !== undefined) act(chosen);
    else if (candidates.length > 1) {
      quickInput.pick({
        title: 'Which pool?',
        placeholder: 'Choose a pool',
        items: candidates.map((pool) => ({
          id: pool.id,
          label: pool.name || pool.url,
          description: pool.url,
          icon: 'server-environment',
          run: () => act(pool),
        })),
      });
    } else notifications.add({ severity: 'info', message: 'There is no such pool.' });
  };
  const isConnected = ({ state }: Pool): boolean =>
    state === 'connected' || state === 'connecting' || state === 'lost';

  const reconnect = async (pool: Pool): Promise<void> => {
    if (pool.isDemo) {
      await commands.run('pool.openDemo');
      return;
    }
    const { url, user } = pool;
    const certificate = await engine.request('pools.certificate', { url });
    if (!certificate.ok || certificate.value.known !== 'same') {
      dialogs.show({ kind: 'connect', url, user });
      return;
    }
    const { fingerprint } = certificate.value;
    // Whether the password is kept was said when it was typed.
    const connected = await engine.request('pools.connect', { url, user, fingerprint, remember: false });
    if (connected.ok) show(connected.value);
    else dialogs.show({ kind: 'connect', url, user });
  };

  const forget = async (pool: Pool): Promise<void> => {
    const yes = await dialogs.confirm({
      title: `Forget ${pool.name || pool.url}?`,
      message:
        'Its address, its pinned certificate and its kept password are removed from this computer. Nothing changes on the pool, and exports stay where they are.',
      action: 'Forget pool',
      danger: true,
    });
    if (yes) await engine.ask('pools.forget', { poolId: pool.id });
  };

  commands.register(
    {
      id: 'pool.connect',
      title: 'Connect to a Pool…',
      category,
      icon: 'plug',
      keys: ['$mod+KeyK $mod+KeyO'],
      run: () => dialogs.show({ kind: 'connect', url: '', user: 'root' }),
    },
    {
      id: 'pool.openDemo',
      title: 'Open the Demo Pool',
      category,
      icon: 'beaker',
      keys: ['$mod+KeyK $mod+KeyD'],
      run: async () => {
        const opened = await engine.ask('pools.openDemo');
        if (opened !== undefined) show(opened.value);
      },
    },
    {
      id: 'pool.reconnect',
      title: 'Connect Again',
      category,
      icon: 'plug',
      when: 'pools.any',
      run: (argument) =>
        withPool(
          argument,
          (pool) => !isConnected(pool),
          (pool) => void reconnect(pool),
        ),
    },
    {
      id: 'pool.disconnect',
      title: 'Disconnect',
      category,
      icon: 'debug-disconnect',
      when: 'pools.anyConnected',
      run: (argument) =>
        withPool(argument, isConnected, (pool) => void engine.ask('pools.disconnect', { poolId: pool.id })),
    },
    {
      id: 'pool.forget',
      title: 'Forget Pool…',
      category,
      icon: 'trash',
      when: 'pools.any',
      run: (argument) =>
        withPool(
          argument,
          () => true,
          (pool) => void forget(pool),
        ),
    },
    {
      id: 'pool.show',
      title: 'Show Pool in the Tree',
      category,
      palette: false,
      run: (argument) => withPool(argument, () => true, show),
    },
  );
  registries.menus.register(
    { id: 'pool/disconnect', menu: 'tree/pool', command: 'pool.disconnect', group: '2' },
    { id: 'pool/forget', menu: 'tree/pool', command: 'pool.forget', group: '3' },
    { id: 'pool/connect', menu: 'tree/pool-offline', command: 'pool.reconnect', group: '1', inline: true },
    { id: 'pool/forget-offline', menu: 'tree/pool-offline', command: 'pool.forget', group: '3' },
  );
}
