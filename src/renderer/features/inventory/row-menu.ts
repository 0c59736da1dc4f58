import type { Services } from '../../workbench/services';
import type { PoolsRow } from './pool-rows';

/** The menu of commands that fit a row. */
export function menuOf({ pools }: Services, { kind, poolId }: PoolsRow): string | undefined {
  if (kind === 'loose' || kind === 'message') return undefined;
  if (kind !== 'pool') return `tree/${kind}`;
  const state = pools.byId(poolId)?.state;
  return state === 'disconnected' || state === undefined ? 'tree/pool-offline' : 'tree/pool';
}
