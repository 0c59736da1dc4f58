import type { Result } from '../../../../shared/model/result';
import type { JobContext } from '../../jobs/job-context';
import type { PoolConnection } from '../../xapi';
import type { StartCopy } from '../copy/worker-client';
import type { EarlierRun } from './earlier-run';
import type { PoolProgress } from './pool-progress';

export interface ExportRunnerOptions {
  /** The live connection of a pool. */
  readonly connection: (poolId: string) => Result<PoolConnection>;
  readonly startCopy: StartCopy;
  /** Version of Deltascope, for the manifests. */
  readonly toolVersion: string;
}

/** One run of a job. */
export interface Run extends ExportRunnerOptions {
  readonly pool: PoolConnection;
  readonly context: JobContext;
  readonly progress: PoolProgress;
  /** Of every task that this job makes on the pool; written down, so that a crash leaves none behind. */
  readonly taskName: string;
  /** What earlier runs of an interrupted job did. */
  readonly earlier: EarlierRun | undefined;
  /** Snapshots of this job that are written down, of this run and earlier ones. */
  readonly known: Set<string>;
  readonly startedAt: Date;
}
