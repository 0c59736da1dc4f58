import { fail } from '../../../../shared/model/failure';
import { attempt, unwrap, type Result } from '../../../../shared/model/result';
import { removeOrphans } from '../../cbt';
import type { PoolConnection } from '../../xapi';
import { knownSnapshots, type EarlierRun } from './earlier-run';
import { leftAlone } from './left-alone';
import { removeTasks } from './tasks';

/**
 * Before a job goes on: it is the right pool, and what was made there but not written down any more is removed.
 * Fails with `resume-other-pool`, or as the pool fails.
 */
export function clearUp(
  pool: PoolConnection,
  jobId: string,
  earlier: EarlierRun,
  log: (level: 'info' | 'warn', text: string) => void,
): Promise<Result<void>> {
  return attempt(async () => {
    if (earlier.pool && earlier.pool.poolUuid !== pool.poolUuid) {
      fail({
        code: 'resume-other-pool',
        message: `This job ran on ${earlier.pool.url}, which is another pool than ${pool.url}.`,
        nextStep: 'Connect to the pool on which it ran, then resume.',
      });
    }
    unwrap(await pool.refresh());
    for (const name of earlier.taskNames) await removeTasks(pool, name);
    const known = new Set(knownSnapshots(earlier));
    for (const { creating, created } of earlier.groups) {
      if (created) continue;
      const { removed, unproved } = unwrap(await removeOrphans(pool, jobId, creating, known));
      for (const uuid of unproved) log('warn', leftAlone(uuid));
      if (removed > 0)
        log(
          'info',
          'A snapshot that was taken just before the interruption was removed; a new one is taken.',
        );
    }
    unwrap(await pool.refresh());
  });
}
