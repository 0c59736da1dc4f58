import { toFailure, type Failure } from '../../../shared/model/failure';
import { attempt, type Result } from '../../../shared/model/result';
import { nbdFailures } from './failures';
import { ConnectionPool } from './pool';
import type { OpenNbdOptions } from './settings';
import { NbdSource } from './source';

const DEFAULT_CONNECTIONS = 2;

/**
 * Opens an export for reading. The first connection must succeed; the others are opened one after another (a host
 * hangs up when they come at once), and what hinders them is in the source's `warnings`.
 */
export function openNbd(options: OpenNbdOptions): Promise<Result<NbdSource>> {
  return attempt(async () => {
    const pool = new ConnectionPool(options);
    try {
      const { info, where } = await pool.first();
      const warnings: Failure[] = [];
      const wanted = Math.max(1, options.connections ?? DEFAULT_CONNECTIONS);
      if (wanted > 1 && !info.canMultiConn && !options.multiConnWithoutFlag)
        warnings.push(nbdFailures.singleConnection(where));
      else warnings.push(...(await addConnections(pool, wanted - 1)));
      return new NbdSource(pool, info, options.minimumBlockSize ?? 1, warnings);
    } catch (error) {
      await pool.close();
      throw error;
    }
  });
}

/** Stops at the first that fails: a busy server is not asked again and again. */
async function addConnections(pool: ConnectionPool, count: number): Promise<Failure[]> {
  for (let i = 0; i < count; i++) {
    try {
      await pool.add();
    } catch (error) {
      const failure = toFailure(error);
      if (failure.code === 'nbd-cancelled') throw error;
      return [failure];
    }
  }
  return [];
}
