import { err, ok, type Result } from '../../../../shared/model/result';
import type { JobContext, RunJob } from '../../jobs/job-context';
import type { PoolConnection } from '../../xapi';
import { cancelled } from '../copy/copy';
import { clearUp } from './clear-up';
import { earlierRun, isFinal, type EarlierRun } from './earlier-run';
import { exportGroup, type GroupWork } from './export-group';
import { groupByVm } from './groups';
import { PoolProgress } from './pool-progress';
import type { ExportRunnerOptions, Run } from './run';

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
    const title = `Deltascope ${context.jobId.slice(0, 8)}: ${names}`.slice(0, 120);
    journal({ type: 'task', name: title });
    const progress = await PoolProgress.start(pool, title, plan.disks.length, (why) =>
      report.log('warn', `The pool shows no task for this export: ${why}`),
    );
    const run: Run = { ...options, pool, context, progress, earlier, startedAt: new Date() };
    let allExported = true;
    for (const work of workOf(run)) allExported = (await exportGroup(work, run)) && allExported;
    await progress.end(signal.aborted ? 'cancelled' : allExported ? 'success' : 'failure');
    return signal.aborted ? err(cancelled().failure) : ok(undefined);
  };

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
