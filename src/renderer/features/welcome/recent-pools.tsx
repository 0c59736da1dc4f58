import { useStore } from 'zustand';
import type { Pool } from '../../../shared/model/inventory';
import { poolRef } from '../../platform/object-ref';
import { Badge } from '../../ui/badge';
import { Icon } from '../../ui/icon';
import { Section } from '../../ui/section';
import { useServices } from '../../workbench/use-services';

const STATES: Record<Pool['state'], string> = {
  connected: 'connected',
  connecting: 'connecting…',
  lost: 'connection lost',
  disconnected: '',
};

export function RecentPools() {
  const { pools: store, commands } = useServices();
  const { pools, loaded } = useStore(store);
  return (
    <Section title="Pools">
      {loaded && pools.length === 0 ? (
        <p className="ds-muted">Pools you connect to are listed here.</p>
      ) : (
        <ul className="ds-welcome-list">
          {pools.map((pool) => (
            <li key={pool.id}>
              <button
                type="button"
                className="ds-welcome-action"
                onClick={() =>
                  void commands.run(
                    pool.state === 'disconnected' ? 'pool.reconnect' : 'pool.show',
                    poolRef(pool.id),
                  )
                }
              >
                <Icon name="server-environment" />
                <span>{pool.name || pool.url}</span>
              </button>
              {pool.isDemo ? (
                <Badge tone="demo">demo pool</Badge>
              ) : (
                <span className="ds-muted ds-truncate">{pool.url}</span>
              )}
              <span className="ds-muted">{STATES[pool.state]}</span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
