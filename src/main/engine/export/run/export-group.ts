import type { DiskPlan } from '../../../../shared/model/export-plan';
import { FailureError, toFailure, type Failure } from '../../../../shared/model/failure';
import { attempt, unwrap } from '../../../../shared/model/result';
import { finishSnapshot } from '../../cbt';
import { chainOf, demandWholeChain } from '../../library/chain';
import { cancelled } from '../copy/copy';
import { isFinal, type EarlierDisk, type EarlierGroup } from './earlier-run';
import { exportDisk, type DiskToExport } from './export-disk';
import type { DiskGroup } from './groups';
import { isInterruption } from './interruptions';
import { watchSnapshot, type DemandNotAttached } from './not-attached';
import { prepare } from './prepare';
import { leftOnPool } from './left-on-pool';
import { discardFiles } from './resume-disk';
import type { Run } from './run';
import { GroupSnapshot } from './snapshots';
import { takeSnapshot, type Taken } from './take-snapshot';

export interface GroupWork {
  readonly group: DiskGroup;
  /** The snapshot that an interrupted job has of these disks. */
  readonly created: EarlierGroup['created'];
}

/** An export has its manifest's path. */
type Ending =
  | { readonly manifestPath: string }
  | 'failed'
  | 'interrupted'
  /** Another process goes on with this very disk: the folder of jobs was copied. */
  | { readonly inUse: Failure };
const isExported = (ending: Ending | undefined): ending is { manifestPath: string } =>
  typeof ending === 'object' && 'manifestPath' in ending;
const isInUse = (ending: Ending): ending is { inUse: Failure } =>
  typeof ending === 'object' && 'inUse' in ending;

export interface GroupEnd {
  readonly allExported: boolean;
  /** The pool went away before its snapshots could be given their final form. */
  readonly notCleaned?: Failure | undefined;
  /** Another process reads from them. */
  readonly inUse?: boolean;
}

export async function exportGroup({ group, created }: GroupWork, run: Run): Promise<GroupEnd> {
  const { report, signal, plan } = run.context;
  const phase = (name: 'snapshot' | 'clean-up', state: 'running' | 'done' | 'failed'): void => {
    const disks = name === 'snapshot' ? notFinal(group, run) : group.disks;
    for (const { diskUuid } of disks) report.phase(diskUuid, name, state);
  };
  if (signal.aborted && !created) return endAll(group, cancelled().failure, run);
  phase('snapshot', 'running');
  const snapshot = created ? await adopt(created, run) : await takeSnapshot(group, run);
  if (!snapshot.ok) {
    // Disks that an earlier run made a snapshot of wait for it, also for a cancellation to clean it up.
    if (created) waitAll(group, snapshot.failure, run);
    else endAll(group, snapshot.failure, run);
    phase('snapshot', 'failed');
    return { allExported: false, notCleaned: snapshot.notCleaned };
  }
  phase('snapshot', 'done');
  let endings: Ending[] = [];
  let notCleaned: Failure | undefined;
  let inUse: Failure | undefined;
  try {
    endings = await exportDisks(group, snapshot.value, run);
  } finally {
    inUse = endings.find(isInUse)?.inUse;
    if (endings.includes('interrupted'))
      report.log('info', 'The snapshot stays on the pool until the job is resumed or cancelled.');
    else if (inUse) {
      report.leftBehind({ poolUuid: run.pool.poolUuid, failure: leftOnPool(inUse) });
      phase('clean-up', 'failed');
    } else {
      phase('clean-up', 'running');
      const exported = group.disks.filter((_, at) => isExported(endings[at]));
      const finished = await snapshot.value.finish(
        exported.map(({ diskUuid }) => diskUuid),
        plan.request.after,
      );
      notCleaned = finished.away;
      for (const [at, disk] of notCleaned ? [] : group.disks.entries()) {
        const ending = endings[at];
        if (isExported(ending)) await removeSupersededBase(disk, ending.manifestPath, run);
      }
      phase('clean-up', (finished.away ?? finished.left) ? 'failed' : 'done');
    }
  }
  return { allExported: endings.every(isExported), notCleaned, inUse: inUse !== undefined };
}

async function adopt(created: NonNullable<EarlierGroup['created']>, { pool, context }: Run): Promise<Taken> {
  const adopted = await GroupSnapshot.adopt(pool, context, created);
  return adopted.ok ? adopted : { ...adopted, notCleaned: adopted.failure };
}

const notFinal = ({ disks }: DiskGroup, { earlier }: Run): DiskPlan[] =>
  disks.filter(({ diskUuid }) => !isFinal(earlier?.disk(diskUuid)));

function endAll(group: DiskGroup, failure: Failure, run: Run): GroupEnd {
  for (const { diskUuid } of notFinal(group, run)) end(diskUuid, failure, false, run);
  return { allExported: false };
}

/** Cancelled disks get their end when they are cleaned. */
function waitAll(group: DiskGroup, failure: Failure, run: Run): void {
  const { signal, report } = run.context;
  if (signal.aborted) return;
  for (const { diskUuid } of notFinal(group, run)) report.outcome(diskUuid, { failure, interrupted: true });
}

/** Says that a disk was not exported, and whether it can go on later. */
function end(diskUuid: string, failure: Failure, begun: boolean, { context }: Run): Ending {
  const interrupted = !context.signal.aborted && isInterruption(failure, begun);
  context.report.outcome(diskUuid, interrupted ? { failure, interrupted } : { failure });
  return interrupted ? 'interrupted' : 'failed';
}

/** In the order of the group's disks. All lists come before the first NBD connection, which counts as using the disk. */
async function exportDisks(
  group: DiskGroup,
  { taken, takenAt, uses }: GroupSnapshot,
  run: Run,
): Promise<Ending[]> {
  const { report, signal } = run.context;
  const snapshotOf = (plan: DiskPlan) => taken.disks.find(({ diskUuid }) => diskUuid === plan.diskUuid);
  const watches = new Map<DiskPlan, DemandNotAttached>();
  for (const plan of group.disks) {
    const snapshot = snapshotOf(plan);
    if (snapshot) watches.set(plan, watchSnapshot({ ...snapshot, diskName: plan.diskName }, run.pool));
  }
  const prepared: (DiskToExport | Ending)[] = [];
  for (const plan of group.disks) {
    const { diskUuid } = plan;
    const earlier = run.earlier?.disk(diskUuid);
    if (isFinal(earlier)) {
      const manifestPath = earlier?.outcome?.manifestPath;
      prepared.push(manifestPath === undefined ? 'failed' : { manifestPath });
      continue;
    }
    try {
      if (signal.aborted) throw cancelled();
      const snapshot = snapshotOf(plan);
      if (!snapshot) throw new FailureError(notSnapshotted(plan));
      report.phase(diskUuid, 'list-changes', 'running');
      prepared.push(await prepare(plan, snapshot, { takenAt, use: uses[diskUuid] }, run, earlier));
      report.phase(diskUuid, 'list-changes', 'done');
    } catch (error) {
      const begun = earlier?.writing !== undefined;
      prepared.push(await notExported(plan, toFailure(error), begun, run, earlier));
    }
  }
  // Each to its end, whatever becomes of the others: their snapshots are cleaned after this.
  return Promise.all(
    prepared.map(async (disk) => {
      if (typeof disk === 'string' || !('plan' in disk)) return disk;
      const ended = await attempt(() => exportOne(disk, watches.get(disk.plan)!, run));
      // A mistake of ours: what had been done by then is not known, so all of it is kept.
      return ended.ok ? ended.value : end(disk.plan.diskUuid, ended.failure, true, run);
    }),
  );
}

const notSnapshotted = ({ diskName }: DiskPlan): Failure => ({
  code: 'disk-not-in-snapshot',
  message: `The snapshot does not hold ${diskName}: it was detached from its VM meanwhile.`,
  nextStep: 'Refresh the pool and plan the export again.',
});

async function exportOne(
  disk: DiskToExport,
  demandNotAttached: DemandNotAttached,
  run: Run,
): Promise<Ending> {
  const { context, pool, startCopy, toolVersion, taskName, startedAt, progress } = run;
  const { report } = context;
  const { diskUuid } = disk.plan;
  const earlier = run.earlier?.disk(diskUuid);
  // A stream cannot be taken up in its middle: it comes anew, into new files.
  const discarded =
    earlier && disk.mode === 'stream' ? await discardFiles(disk.plan, earlier, run) : undefined;
  if (discarded?.manifestPath !== undefined) return exported(disk.plan, discarded.manifestPath, run);
  if (discarded?.inUse) return { inUse: discarded.inUse };
  let begun = disk.unfinished !== undefined;
  const written = await exportDisk(disk, {
    connection: pool,
    context,
    startCopy,
    toolVersion,
    taskName,
    startedAt,
    demandNotAttached,
    onCopy: (copy) => progress.follow(diskUuid, copy),
    onBegun: () => {
      begun = true;
    },
    keepUnfinished: (failure) =>
      disk.mode !== 'stream' && !context.signal.aborted && isInterruption(failure, begun),
  });
  if (!written.ok) return notExported(disk.plan, written.failure, begun, run, earlier);
  report.phase(diskUuid, 'verify', 'done');
  return exported(disk.plan, written.value.manifestPath, run);
}

function exported({ diskUuid }: DiskPlan, manifestPath: string, { context }: Run): Ending {
  context.report.outcome(diskUuid, { manifestPath });
  return { manifestPath };
}

/** A disk that does not go on leaves nothing of its earlier runs behind. */
async function notExported(
  plan: DiskPlan,
  failure: Failure,
  begun: boolean,
  run: Run,
  earlier: EarlierDisk | undefined,
): Promise<Ending> {
  const { signal } = run.context;
  const goesOn = !signal.aborted && isInterruption(failure, begun);
  const { manifestPath, left, inUse } = earlier && !goesOn ? await discardFiles(plan, earlier, run) : {};
  if (manifestPath !== undefined) return exported(plan, manifestPath, run);
  const ending = end(plan.diskUuid, (signal.aborted ? left : undefined) ?? failure, begun, run);
  return inUse ? { inUse } : ending;
}

/**
 * Once an increment is complete, its base is of use no more: if only our change metadata is left of it, it goes. Not
 * while the chain on disk is broken: who puts an older export back could build on that snapshot.
 */
async function removeSupersededBase(
  { base }: DiskPlan,
  manifestPath: string,
  { pool, context }: Run,
): Promise<void> {
  if (!base || context.plan.request.after === 'keep') return;
  const snapshot = pool.inventory().snapshots.find(({ uuid }) => uuid === base.snapshotUuid);
  if (!snapshot?.ours || snapshot.hasData) return;
  const whole = await attempt(async () => demandWholeChain(unwrap(await chainOf(manifestPath))));
  if (!whole.ok) {
    context.report.log('warn', `The old base snapshot stays: ${whole.failure.message}`);
    return;
  }
  const removed = await finishSnapshot(pool, { snapshotUuids: [base.snapshotUuid] }, 'remove');
  const result = removed.ok ? removed.value[0]?.result : removed;
  if (result && !result.ok)
    context.report.log('warn', `The old base snapshot stays: ${result.failure.message}`);
}
