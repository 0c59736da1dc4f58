import type { Failure } from '../../../../shared/model/failure';
import { attempt, err, ok, type Result } from '../../../../shared/model/result';
import type { JobContext, RunJob } from '../../jobs/job-context';
import { taskNameFor, type PoolConnection } from '../../xapi';
import { persistently } from '../../cbt';
import { cancelled } from '../copy/copy';
import { clearUp } from './clear-up';
import { earlierRun, isFinal, knownSnapshots, type EarlierRun } from './earlier-run';
import { exportGroup, type GroupWork } from './export-group';
import { groupByVm } from './groups';
import { leftOnPool } from './left-on-pool';
import { PoolProgress } from './pool-progress';
import type { ExportRunnerOptions, Run } from './run';
import { removeTasks } from './tasks';

export type { ExportRunnerOptions } from './run';

/**
 * Carries out an export plan: per VM one consistent snapshot, the list of changed blocks before any NBD connection,
 * then the copies, then the snapshot's final form. A disk that fails does not take the others along. A job that was
 * interrupted goes on with the snapshots and files it has; cancelled, it only cleans them.
 */
export const exportRunner =
  (options: ExportRunnerOptions): RunJob =>
  async (context) => {
    const { plan, report, signal, journal } = context;
    const earlier = context.earlier && earlierRun(context.earlier);
    const found = await connect(options, context, earlier);
    if (!found.ok) return earlier ? { ...found, interrupted: true } : found;
    const pool = found.value;
    if (!earlier) {
      const { url, user, poolUuid } = pool;
      journal({ type: 'pool', url, user, poolUuid });
    }
    const names = plan.disks.map(({ diskName }) => diskName).join(', ');
    const taskName = taskNameFor(context.jobId, names);
    journal({ type: 'task', name: taskName });
    const progress = await PoolProgress.start(pool, taskName, plan.disks.length, (why) =>
      report.log('warn', `The pool shows no task for this export: ${why}`),
    );
    const known = new Set(earlier ? knownSnapshots(earlier) : []);
    const run: Run = { ...options, pool, context, progress, taskName, earlier, known, startedAt: new Date() };
    let allExported = true;
    let notCleaned: Failure | undefined;
    let inUse = false;
    try {
      for (const work of workOf(run)) {
        const end = await exportGroup(work, run);
        allExported &&= end.allExported;
        notCleaned ??= end.notCleaned;
        inUse ||= end.inUse === true;
      }
    } catch (error) {
      allExported = false;
      throw error;
    } finally {
      await progress.end(signal.aborted ? 'cancelled' : allExported ? 'success' : 'failure');
    }
    // A lost answer may have left one; what an interruption leaves is removed when the job goes on, and who has its files
    // has a task of the same name.
    if (!notCleaned && !inUse) await clearTasks(run);
    if (notCleaned) return { ok: false, failure: notCleaned, interrupted: true };
    return signal.aborted ? err(cancelled().failure) : ok(undefined);
  };

async function clearTasks({ pool, taskName, context }: Run): Promise<void> {
  const cleared = await attempt(() => persistently(() => removeTasks(pool, taskName)));
  if (cleared.ok) return;
  const { report } = context;
  report.log('warn', `The task “${taskName}” may be left on the pool: ${cleared.failure.message}`);
  report.leftBehind({ poolUuid: pool.poolUuid, failure: leftOnPool(cleared.failure) });
}

async function connect(
  { connection }: ExportRunnerOptions,
  { plan, jobId, report }: JobContext,
  earlier: EarlierRun | undefined,
): Promise<Result<PoolConnection>> {
  let pool = connection(plan.request.poolId);
  // The window and the command line name a pool differently; its uuid is the same.
  if (!pool.ok && earlier?.pool) pool = connection(earlier.pool.poolUuid);
  if (!pool.ok || !earlier) return pool;
  const ready = await clearUp(pool.value, jobId, earlier, (level, text) => report.log(level, text));
  return ready.ok ? pool : ready;
}

/** The snapshots that an interrupted job has, then groups of what is left. */
function workOf({ context, pool, earlier }: Run): GroupWork[] {
  const { disks } = context.plan;
  const inventory = pool.inventory();
  const groups = (earlier?.groups ?? []).filter(({ created }) => created);
  const work: GroupWork[] = [];
  for (const { creating, created, settled } of groups) {
    if (settled || !created) continue;
    const vm = inventory.vms.find(({ uuid }) => uuid === creating.vmUuid);
    work.push({
      group: { vm, disks: disks.filter(({ diskUuid }) => creating.diskUuids.includes(diskUuid)) },
      created,
    });
  }
  const had = new Set(groups.flatMap(({ creating }) => creating.diskUuids));
  const rest = disks.filter(({ diskUuid }) => !had.has(diskUuid) && !isFinal(earlier?.disk(diskUuid)));
  return [...work, ...groupByVm(rest, inventory).map((group) => ({ group, created: undefined }))];
}
