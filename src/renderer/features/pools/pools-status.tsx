import { useStore } from 'zustand';
import { plural } from '../../platform/format';
import { StatusEntry } from '../../workbench/parts/status-bar';
import { useServices } from '../../workbench/use-services';

export function PoolsStatus() {
  const { pools: store } = useServices();
  const pools = useStore(store, ({ pools }) => pools);
  const connected = pools.filter(({ state }) => state === 'connected').length;
  const lost = pools.filter(({ state }) => state === 'lost').length;
  const connecting = pools.some(({ state }) => state === 'connecting');
  const demo = pools.some(({ isDemo, state }) => isDemo && state === 'connected');
  const text = pools.length === 0 ? 'No pool' : connected === 0 ? 'Not connected' : plural(connected, 'pool');
  return (
    <>
      <StatusEntry
        icon={connecting ? 'loading' : lost > 0 ? 'warning' : 'server-environment'}
        spin={connecting}
        text={lost > 0 ? `${text}, ${lost} lost` : text}
        label={`Pools: ${text}. Show the Pools view.`}
        command={pools.length === 0 ? 'pool.connect' : 'view.pools'}
        tone={lost > 0 ? 'error' : 'normal'}
      />
      {demo && (
        <StatusEntry
          icon="beaker"
          text="Demo pool"
          label="A demo pool is open: nothing here is real"
          command="view.pools"
          tone="demo"
        />
      )}
    </>
  );
}
