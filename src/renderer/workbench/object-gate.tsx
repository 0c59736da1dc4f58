import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import { poolRef } from '../platform/object-ref';
import { EmptyState, ErrorState, LoadingState } from '../ui/states';
import { CommandButton } from './command-button';
import { usePool } from './use-objects';
import { useServices } from './use-services';

export interface ObjectGateProps {
  readonly poolId: string;
  /** The object is in the inventory. */
  readonly found: boolean;
  /** `disk`, `VM`. */
  readonly kind: string;
  readonly children: ReactNode;
}

/** Shows an object's editor, or why it cannot be shown: pool unknown, not connected, still loading, object gone. */
export function ObjectGate({ poolId, found, kind, children }: ObjectGateProps) {
  const pool = usePool(poolId);
  const { inventory, pools } = useServices();
  const poolsLoaded = useStore(pools, ({ loaded }) => loaded);
  const known = useStore(inventory, ({ byPool }) => byPool.has(poolId));
  const failure = useStore(inventory, ({ failures }) => failures.get(poolId));
  if (found) return children;
  if (failure !== undefined) return <ErrorState failure={failure} />;
  if (!poolsLoaded || pool?.state === 'connecting' || (pool?.state === 'connected' && !known)) {
    return <LoadingState text="Reading the pool…" />;
  }
  if (pool === undefined) {
    return (
      <EmptyState
        page
        icon="question"
        title="The pool of this tab is closed"
        text={`It was forgotten, or it is the demo pool, which lives as long as it is open. This ${kind} is shown again once its pool is connected.`}
      >
        <CommandButton command="pool.connect" kind="primary" />
        <CommandButton command="pool.openDemo" />
      </EmptyState>
    );
  }
  if (pool.state === 'disconnected') {
    return (
      <EmptyState
        page
        icon="debug-disconnect"
        title={`${pool.name || pool.url} is not connected`}
        text={`Connect to see this ${kind}.`}
      >
        <CommandButton command="pool.reconnect" args={[poolRef(poolId)]} kind="primary" />
      </EmptyState>
    );
  }
  return <EmptyState page icon="circle-slash" title={`This ${kind} is no longer in the pool.`} />;
}
