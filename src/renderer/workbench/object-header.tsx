import type { ReactNode } from 'react';
import { Badge } from '../ui/badge';
import { Icon } from '../ui/icon';
import { usePool } from './use-objects';

export interface ObjectHeaderProps {
  readonly icon: string;
  readonly title: string;
  readonly poolId: string;
  /** Names of what holds the object, below the pool. */
  readonly path: readonly string[];
  readonly badges?: ReactNode;
  readonly actions?: ReactNode;
}

/** The head of an editor: what it shows, where it is, what can be done. */
export function ObjectHeader({ icon, title, poolId, path, badges, actions }: ObjectHeaderProps) {
  const pool = usePool(poolId);
  return (
    <header className="ds-object-header">
      <div className="ds-object-name">
        <p className="ds-muted ds-truncate">{[pool?.name ?? 'Pool not connected', ...path].join(' ▸ ')}</p>
        <h1>
          <span className="ds-object-title">
            <Icon name={icon} />
            <span className="ds-truncate ds-selectable" title={title}>
              {title}
            </span>
          </span>
          {pool?.isDemo === true && (
            <Badge tone="demo" icon="beaker">
              demo pool
            </Badge>
          )}
          {pool?.state === 'lost' && (
            <Badge tone="warning" icon="debug-disconnect">
              connection lost
            </Badge>
          )}
          {badges}
        </h1>
      </div>
      {actions !== undefined && <div className="ds-object-actions">{actions}</div>}
    </header>
  );
}
