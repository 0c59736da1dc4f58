import type { DiskPlan } from '../../../../shared/model/export-plan';
import { cancelled } from '../copy/copy';
import { FailureError, toFailure, type Failure } from '../../../../shared/model/failure';
import { err, ok, type Result } from '../../../../shared/model/result';
import { finishSnapshot, type DiskSnapshot } from '../../cbt';
import type { JobContext, RunJob } from '../../jobs/job-context';
import type { PoolConnection } from '../../xapi';
import type { StartCopy } from '../copy/worker-client';
import { exportDisk, type DiskToExport } from './export-disk';
import { groupByVm, type DiskGroup } from './groups';
import { hostListsBlocks, listedByHost, trackedChanges } from './blocks-to-read';
import { PoolProgress } from './pool-progress';
import { GroupSnapshot } from './snapshots';

export interface ExportRunnerOptions {
  /** The live connection of a pool. */
  readonly connection: (poolId: string) => Result<PoolConnection>;
  readonly startCopy: StartCopy;
  /** Version of Deltascope, for the manifests. */
  readonly toolVersion: string;
}

interface Run extends ExportRunnerOptions {
  readonly pool: PoolConnection;
  readonly context: JobContext;
  readonly progress: PoolProgress;
  readonly startedAt: Date;
}

/**
 * Carries out an export plan: per VM one consistent snapshot, the list of changed blocks before any NBD connection,
 * then the copies, then the snapshot's final form. A disk that fails does not take the others along.
 */
export const exportRunner =
  (options: ExportRunnerOptions): RunJob =>
  async (context) => {
    const { plan, report, signal } = context;
    const pool = options.connection(plan.request.poolId);
    if (!pool.ok) return pool;
    const groups = groupByVm(plan.disks, pool.value.inventory());
    const title = `Deltascope: ${plan.disks.map(({ diskName }) => diskName).join(', ')}`.slice(0, 120);
    const progress = await PoolProgress.start(pool.value, title, plan.disks.length, (why) =>
      report.log('warn', `The pool shows no task for this export: ${why}`),
    );
    const run: Run = { ...options, pool: pool.value, context, progress, startedAt: new Date() };
    let failed = false;
    for (const group of groups) {
      const exported = await exportGroup(group, run);
      failed ||= exported < group.disks.length;
    }
    await progress.end(signal.aborted ? 'cancelled' : failed ? 'failure' : 'success');
    return signal.aborted ? err(cancelled().failure) : ok(undefined);
  };

/** Returns how many disks were exported. */
async function exportGroup(group: DiskGroup, run: Run): Promise<number> {
  const { context, pool } = run;
  const { report } = context;
  const phase = (name: 'snapshot' | 'clean-up', state: 'running' | 'done'): void => {
    for (const { diskUuid } of group.disks) report.phase(diskUuid, name, state);
  };
  if (context.signal.aborted) return failAll(group, cancelled().failure, run);
  phase('snapshot', 'running');
  const snapshot = await GroupSnapshot.take(pool, context, group);
  if (!snapshot.ok) return failAll(group, snapshot.failure, run);
  phase('snapshot', 'done');
  const exported: DiskPlan[] = [];
  try {
    // All lists before the first NBD connection: an open one counts as using the disk.
    const prepared = await prepareAll(group, snapshot.value, run);
    await Promise.all(
      prepared.map(async (disk) => {
        if (await exportOne(disk, run)) exported.push(disk.plan);
      }),
    );
  } finally {
    phase('clean-up', 'running');
    await snapshot.value.finish(
      exported.map(({ diskUuid }) => diskUuid),
      context.plan.request.after,
    );
    for (const plan of exported) await removeSupersededBase(plan, run);
    phase('clean-up', 'done');
  }
  return exported.length;
}

function failAll(group: DiskGroup, failure: Failure, { context }: Run): 0 {
  for (const { diskUuid } of group.disks) context.report.outcome(diskUuid, { failure });
  return 0;
}

async function prepareAll(
  group: DiskGroup,
  { taken, takenAt }: GroupSnapshot,
  run: Run,
): Promise<DiskToExport[]> {
  const { report } = run.context;
  const prepared: DiskToExport[] = [];
  for (const plan of group.disks) {
    const snapshot = taken.disks.find(({ diskUuid }) => diskUuid === plan.diskUuid);
    try {
      if (!snapshot) throw new FailureError(notSnapshotted(plan));
      report.phase(plan.diskUuid, 'list-changes', 'running');
      prepared.push(await prepare(plan, snapshot, takenAt, run));
      report.phase(plan.diskUuid, 'list-changes', 'done');
    } catch (error) {
      report.outcome(plan.diskUuid, { failure: toFailure(error) });
    }
  }
  return prepared;
}

const notSnapshotted = ({ diskName }: DiskPlan): Failure => ({
  code: 'disk-not-in-snapshot',
  message: `The snapshot does not hold ${diskName}: it was detached from its VM meanwhile.`,
  nextStep: 'Refresh the pool and plan the export again.',
});

/** Finds out which blocks to read. */
async function prepare(
  plan: DiskPlan,
  snapshot: DiskSnapshot,
  takenAt: Date,
  run: Run,
): Promise<DiskToExport> {
  const { pool, context } = run;
  const { mode, reason, base } = plan;
  const disk = { plan, snapshot, takenAt, mode, reason, base };
  switch (mode) {
    case 'stream':
      return { ...disk, blocks: undefined };
    case 'full':
      return { ...disk, blocks: await usedBlocks(snapshot, run) };
    case 'compare': {
      const listed = await listedByHost(pool, snapshot, base!.snapshotUuid, context.signal);
      return listed.ok ? { ...disk, blocks: listed.value } : fullInstead(disk, listed.failure, run);
    }
    case 'cbt': {
      const changes = await trackedChanges(pool, plan, snapshot, context.signal);
      if (changes.ok) return { ...disk, blocks: changes.value };
      return fullInstead(disk, changes.failure, run);
    }
  }
}

/** The pool refuses its list after all. With mode `auto` a full export follows, said aloud and kept in the manifest. */
async function fullInstead(
  disk: Omit<DiskToExport, 'blocks'>,
  failure: Failure,
  run: Run,
): Promise<DiskToExport> {
  const { plan, report, signal } = run.context;
  if (plan.request.mode !== 'auto' || signal.aborted) throw new FailureError(failure);
  const reason = `An increment was planned, but the changed blocks could not be listed: ${failure.message} A full export was made instead.`;
  report.log('warn', `${disk.plan.diskName}: ${reason}`);
  const blocks = await usedBlocks(disk.snapshot, run);
  return { ...disk, mode: 'full', reason, base: undefined, blocks };
}

/** What the host says is in use; the whole disk when it does not say. */
async function usedBlocks(snapshot: DiskSnapshot, { pool, context }: Run): Promise<DiskToExport['blocks']> {
  if (!hostListsBlocks(pool, snapshot)) return undefined;
  const used = await listedByHost(pool, snapshot, undefined, context.signal);
  if (used.ok) return used.value;
  if (context.signal.aborted) throw new FailureError(used.failure);
  context.report.log(
    'info',
    `The host does not list the blocks in use, so all are read: ${used.failure.message}`,
  );
  return undefined;
}

async function exportOne(disk: DiskToExport, run: Run): Promise<boolean> {
  const { context, pool, startCopy, toolVersion, startedAt, progress } = run;
  const { report } = context;
  const { diskUuid } = disk.plan;
  const written = await exportDisk(disk, {
    connection: pool,
    context,
    startCopy,
    toolVersion,
    startedAt,
    onCopy: (copy) => progress.follow(copy),
  });
  if (!written.ok) {
    report.outcome(diskUuid, { failure: written.failure });
    return false;
  }
  report.phase(diskUuid, 'verify', 'done');
  report.outcome(diskUuid, { manifestPath: written.value.manifestPath });
  return true;
}

/** Once an increment is complete, its base is of use no more: if only our change metadata is left of it, it goes. */
async function removeSupersededBase({ base }: DiskPlan, { pool, context }: Run): Promise<void> {
  if (!base || context.plan.request.after === 'keep') return;
  const snapshot = pool.inventory().snapshots.find(({ uuid }) => uuid === base.snapshotUuid);
  if (!snapshot?.ours || snapshot.hasData) return;
  const removed = await finishSnapshot(pool, { snapshotUuids: [base.snapshotUuid] }, 'remove');
  const result = removed.ok ? removed.value[0]?.result : removed;
  if (result && !result.ok)
    context.report.log('warn', `The old base snapshot stays: ${result.failure.message}`);
}
