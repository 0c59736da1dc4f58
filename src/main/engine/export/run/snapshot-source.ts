import type { Result } from '../../../../shared/model/result';
import { openNbd } from '../../nbd/open';
import type { NbdSource } from '../../nbd/source';
import { freshTargets, type PoolOfSnapshots } from './nbd-place';

/**
 * A snapshot of the pool as something to read, over NBD with the host's certificate checked. Close it: while it is
 * open the pool counts the snapshot as in use.
 */
export async function openSnapshot(
  pool: PoolOfSnapshots,
  snapshotUuid: string,
  connections = 1,
  signal?: AbortSignal,
): Promise<Result<NbdSource>> {
  const targets = await freshTargets(pool, snapshotUuid);
  if (!targets.ok) return targets;
  return openNbd({
    targets: targets.value,
    connections,
    ...(signal ? { signal } : {}),
    multiConnWithoutFlag: true,
    minimumBlockSize: 512,
    busyPatienceMs: 10_000,
    refreshTarget: async () => freshTargets(pool, snapshotUuid),
  });
}
