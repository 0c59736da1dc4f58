import type { BlockBitmap } from '../../../../shared/blocks/bitmap';
import type { DiskPlan } from '../../../../shared/model/export-plan';
import { fail, FailureError, type Failure } from '../../../../shared/model/failure';
import { attempt, unwrap, type Result } from '../../../../shared/model/result';
import { marksObstacle } from '../../../../shared/preflight';
import { isAway, persistently, type DiskSnapshot } from '../../cbt';
import { releaseNames } from '../files/reserve-names';
import { whyBaseTouched } from '../plan/base-untouched';
import { hostTooOld } from '../plan/choose-mode';
import { hostListsBlocks, howListed, listedByHost, trackedChanges } from './blocks-to-read';
import type { EarlierDisk } from './earlier-run';
import type { DiskToExport } from './export-disk';
import { keepBlocks, listLost } from './kept-blocks';
import { isInterruption } from './interruptions';
import { demandSnapshot, unfinishedOf } from './resume-disk';
import type { Run } from './run';
import { tellWaits } from './tell-waits';

type SnapshotMoment = Pick<DiskToExport, 'takenAt' | 'use'>;

/**
 * Finds out which blocks to read; for a disk of an interrupted job, what had been found out before. It is written down,
 * so that the job can go on with it. @throws FailureError
 */
export async function prepare(
  plan: DiskPlan,
  snapshot: DiskSnapshot,
  when: SnapshotMoment,
  run: Run,
  earlier: EarlierDisk | undefined,
): Promise<DiskToExport> {
  if (earlier) demandSnapshot(plan, snapshot, run);
  if (earlier?.reserving) await releaseNames({ folder: plan.targetFolder, ...earlier.reserving });
  const before = earlier?.prepared && restored(plan, snapshot, when, run, earlier);
  const disk = before ?? (await prepareAnew(plan, snapshot, when, run));
  const unfinished = earlier && unfinishedOf(earlier, disk, run);
  return unfinished ? { ...disk, unfinished } : disk;
}

async function prepareAnew(
  plan: DiskPlan,
  snapshot: DiskSnapshot,
  when: SnapshotMoment,
  run: Run,
): Promise<DiskToExport> {
  const { diskUuid } = plan;
  const { files, journal } = run.context;
  const { blocks, ...disk } = await findBlocks(plan, snapshot, when, run);
  const { mode, reason, base } = disk;
  const kept = blocks && keepBlocks(files, diskUuid, blocks);
  const increment = base !== undefined;
  journal({
    type: 'prepared',
    diskUuid,
    mode,
    reason,
    increment,
    ...(kept ? { blocksSha256: kept.sha256 } : {}),
  });
  return { ...disk, blocks: kept };
}

/** As it was prepared; undefined when the kept list of blocks is damaged, so that it has to be asked for again. */
function restored(
  plan: DiskPlan,
  snapshot: DiskSnapshot,
  when: SnapshotMoment,
  { context }: Run,
  { prepared }: EarlierDisk,
): DiskToExport | undefined {
  const { mode, reason, increment, blocksSha256 } = prepared!;
  const disk = { plan, snapshot, ...when, mode, reason, base: increment ? plan.base : undefined };
  if (blocksSha256 === undefined) return { ...disk, blocks: undefined };
  const found = context.files.readBlocks(plan.diskUuid, blocksSha256);
  if (found.kind === 'found') return { ...disk, blocks: { sha256: blocksSha256 } };
  context.report.log('warn', `${listLost(plan, found)}; the pool is asked again.`);
  return undefined;
}

/** A disk, and the blocks to read of it as they were just found out. */
type Found = Omit<DiskToExport, 'blocks'> & { readonly blocks: BlockBitmap | undefined };

async function findBlocks(
  plan: DiskPlan,
  snapshot: DiskSnapshot,
  when: SnapshotMoment,
  run: Run,
): Promise<Found> {
  const { pool, context } = run;
  const { mode, reason, base } = plan;
  const disk = { plan, snapshot, ...when, mode, reason, base };
  switch (mode) {
    case 'stream': {
      const comparable = await attempt(async () => {
        if (base) await demandComparable(plan, run);
      });
      const full = comparable.ok ? {} : { reason: whyFull(disk, comparable.failure, run), base: undefined };
      return { ...disk, ...full, blocks: undefined };
    }
    case 'full':
      return { ...disk, blocks: await usedBlocks(disk, run) };
    case 'compare': {
      const listed = await askAgain(run, () =>
        attempt(async () => {
          const blocks = unwrap(
            await listedByHost(pool, snapshot, base!.snapshotUuid, transferOf(plan, run)),
          );
          await demandComparable(plan, run);
          return blocks;
        }),
      );
      if (!listed.ok) return fullInstead(disk, listed.failure, run);
      const how = howListed(pool, snapshot, listed.value, 'that may differ from the base');
      context.report.log('info', `${plan.diskName}: ${how}`);
      return { ...disk, blocks: listed.value };
    }
    case 'cbt': {
      const waiting = {
        signal: context.signal,
        onWait: tellWaits(context.report, `The list of changed blocks of ${plan.diskName}`),
      };
      const changes = await askAgain(run, () =>
        attempt(async () => {
          await demandMarks(plan, run);
          return unwrap(await trackedChanges(pool, plan, snapshot, waiting));
        }),
      );
      if (changes.ok) return { ...disk, blocks: changes.value };
      return fullInstead(disk, changes.failure, run);
    }
  }
}

/** A host may have crashed between the plan and the snapshot, which hides what is lost. @throws FailureError */
async function demandMarks({ diskUuid, diskName, base }: DiskPlan, { pool }: Run): Promise<void> {
  unwrap(await pool.refresh());
  const facts = pool.diskFacts(diskUuid);
  if (!facts)
    fail({
      code: 'object-gone',
      message: `${diskName} is no longer on the pool, so it is not known whether marks of changed blocks were lost.`,
      nextStep: 'Refresh the pool and choose again.',
    });
  const snapshot = pool.inventory().snapshots.find(({ uuid }) => uuid === base!.snapshotUuid);
  if (!snapshot)
    fail({
      code: 'base-gone',
      message: `The snapshot of the base is no longer on the pool, so it is not known whether marks of ${diskName} were lost.`,
      nextStep: 'Make a full export; it becomes the next base.',
    });
  const lost = marksObstacle(diskName, { use: base!.use, takenAt: snapshot.takenAt }, facts);
  if (lost) fail({ code: lost.code, message: lost.text, nextStep: lost.nextStep });
}

/** Since the plan the base may have been written to, and a host may have joined that ignores it. @throws FailureError */
async function demandComparable({ diskUuid, base }: DiskPlan, { pool }: Run): Promise<void> {
  unwrap(await pool.refresh());
  const facts = pool.diskFacts(diskUuid);
  if (facts?.mayIgnoreBase) {
    const { text, nextStep } = hostTooOld(facts.mayIgnoreBase);
    fail({ code: 'host-too-old', message: text, nextStep });
  }
  const now = pool.diskFacts(base!.snapshotUuid)?.contentId;
  // Of a disk that is gone nobody can say how it was stored.
  const why = whyBaseTouched(base!.contentId, now, { isQcow2: facts?.qcow2 ?? true });
  if (why !== undefined)
    fail({ code: 'base-touched', message: why, nextStep: 'Make a full export; it becomes the next base.' });
}

/** One lost answer does not stop a job. */
async function askAgain<T>({ context: { signal } }: Run, ask: () => Promise<Result<T>>): Promise<Result<T>> {
  const first = await ask();
  if (first.ok || signal.aborted || !isAway(first.failure.code)) return first;
  return attempt(() => persistently(async () => unwrap(await ask()), { signal }));
}

/** The pool refuses its list after all. With mode `auto` a full export follows, said aloud and kept in the manifest. */
async function fullInstead(disk: Omit<DiskToExport, 'blocks'>, failure: Failure, run: Run): Promise<Found> {
  const reason = whyFull(disk, failure, run);
  const blocks = await usedBlocks(disk, run);
  return { ...disk, mode: 'full', reason, base: undefined, blocks };
}

/** @throws FailureError where an increment was asked for, or nothing is known yet. */
function whyFull({ plan: disk }: Omit<DiskToExport, 'blocks'>, failure: Failure, run: Run): string {
  const { plan, report, signal } = run.context;
  // While the pool is away nothing is known about its list: the increment is not given up for that.
  if (plan.request.mode !== 'auto' || signal.aborted || isInterruption(failure, false))
    throw new FailureError(failure);
  const reason = `An increment was planned, but the changed blocks could not be listed: ${failure.message} A full export was made instead.`;
  report.log('warn', `${disk.diskName}: ${reason}`);
  return reason;
}

/** What the host says is in use; the whole disk when it does not say. */
async function usedBlocks(
  { plan, snapshot }: Omit<DiskToExport, 'blocks'>,
  run: Run,
): Promise<Found['blocks']> {
  const { pool, context } = run;
  if (!hostListsBlocks(pool, snapshot)) return undefined;
  const used = await listedByHost(pool, snapshot, undefined, transferOf(plan, run));
  if (used.ok) {
    context.report.log('info', `${plan.diskName}: ${howListed(pool, snapshot, used.value, 'in use')}`);
    return used.value;
  }
  if (context.signal.aborted) throw new FailureError(used.failure);
  context.report.log(
    'info',
    `The host does not list the blocks in use, so all are read: ${used.failure.message}`,
  );
  return undefined;
}

const transferOf = ({ diskName }: DiskPlan, { taskName, context: { signal, report } }: Run) => ({
  taskName,
  signal,
  onWait: tellWaits(report, `The list of blocks of ${diskName}`),
});
