import { join } from 'node:path';
import { fail, type Failure } from '../../../../shared/model/failure';
import { attempt } from '../../../../shared/model/result';
import type { DiskPlan } from '../../../../shared/model/export-plan';
import type { DiskSnapshot } from '../../cbt';
import { demandFolderOf, ExportFiles } from '../files/publish';
import { FILES_IN_USE, removeStaleLock } from '../files/lock-files';
import { releaseNames } from '../files/reserve-names';
import { recoverFiles } from '../files/recover';
import { provePublished } from '../resume/prove-published';
import type { UnfinishedExport } from '../write-export';
import type { EarlierDisk } from './earlier-run';
import type { DiskToExport } from './export-disk';
import type { Run } from './run';

/**
 * The snapshot is still the one that was begun with, and has its data.
 * @throws FailureError `resume-snapshot-gone`, `resume-snapshot-purged`, `resume-snapshot-changed`
 */
export function demandSnapshot(plan: DiskPlan, { snapshotUuid, sizeBytes }: DiskSnapshot, run: Run): void {
  const { pool, context } = run;
  const found = pool.inventory().snapshots.find(({ uuid }) => uuid === snapshotUuid);
  const nextStep = 'Start a new export of this disk; what this one had written is removed.';
  if (!found) {
    fail({
      code: 'resume-snapshot-gone',
      message: `The snapshot that the export of ${plan.diskName} was reading is no longer on the pool.`,
      nextStep,
      details: snapshotUuid,
    });
  }
  if (!found.hasData) {
    fail({
      code: 'resume-snapshot-purged',
      message: `The snapshot that the export of ${plan.diskName} was reading has lost its data: only change metadata is left.`,
      nextStep,
      details: snapshotUuid,
    });
  }
  const ours = pool.ourObjects().some(({ uuid, jobId }) => uuid === snapshotUuid && jobId === context.jobId);
  if (!ours || (found.sizeBytes !== undefined && found.sizeBytes !== sizeBytes)) {
    fail({
      code: 'resume-snapshot-changed',
      message: `The snapshot of ${plan.diskName} is not the one that this job took: its mark or its size differs.`,
      nextStep,
      details: `${snapshotUuid}, ${found.sizeBytes} bytes, expected ${sizeBytes}`,
    });
  }
}

/** The files of the earlier run and its last checkpoint, which must be of these files and this snapshot. */
export function unfinishedOf(
  { writing, publishing, notDurable }: EarlierDisk,
  disk: DiskToExport,
  { context }: Run,
): UnfinishedExport | undefined {
  if (!writing || disk.mode === 'stream') return undefined;
  const { names, uuid, baseSha256, diskUuid } = writing;
  const { diskName } = disk.plan;
  const { snapshotUuid, sizeBytes } = disk.snapshot;
  if (notDurable) {
    context.report.log('warn', `${diskName} is begun anew: what was written may not be on the disk.`);
    return { names, uuid, baseSha256, publishing, checkpoint: undefined, anew: true };
  }
  const found = context.files.readCheckpoint(diskUuid);
  const warn = (text: string): void => context.report.log('warn', text);
  if (found.kind === 'damaged')
    warn(`The checkpoint of ${diskName} is damaged (now ${found.setAside}); the files alone are looked at.`);
  let checkpoint: UnfinishedExport['checkpoint'];
  if (found.kind === 'found') {
    const { value } = found;
    const same =
      value.snapshotUuid === snapshotUuid && value.sizeBytes === sizeBytes && value.image === names.image;
    if (same && value.offset <= sizeBytes) checkpoint = { offset: value.offset, sums: value.sums };
    else warn(`The checkpoint of ${diskName} is of another copy; the files alone are looked at.`);
  }
  return { names, uuid, baseSha256, publishing, checkpoint, anew: false };
}

export interface Discarded {
  /** The export turned out to be complete. */
  readonly manifestPath?: string;
  /** Files that could not be removed. */
  readonly left?: Failure;
  /** Another process writes the files: they are its own, and so is what it reads. */
  readonly inUse?: Failure;
}

/** Removes the unfinished files of a disk that does not go on. */
export async function discardFiles(
  plan: DiskPlan,
  { reserving, writing, publishing, snapshotUuid }: EarlierDisk,
  { context }: Run,
): Promise<Discarded> {
  const warn = ({ message }: Failure): void => context.report.log('warn', message);
  const { targetFolder: folder } = plan;
  const unfinished = (failure: Failure, names: string): Discarded => {
    const left = filesLeft(plan, names, failure);
    warn(left);
    return { left };
  };
  let namesLeft: Discarded = {};
  if (reserving) {
    const released = await attempt(async () => {
      await demandFolderOf(join(folder, reserving.manifest));
      await releaseNames({ folder, ...reserving });
    });
    if (!released.ok) namesLeft = unfinished(released.failure, `${reserving.manifest}.partial`);
  }
  if (!writing) return namesLeft;
  const files = new ExportFiles(folder, writing.names);
  const names = `${files.names.image}.partial and the two .partial files beside it`;
  const free = await attempt(async () => {
    await demandFolderOf(files.partial('image'));
    removeStaleLock(files, context.files.releasedLocks);
  });
  if (!free.ok && free.failure.code !== FILES_IN_USE) return unfinished(free.failure, names);
  if (!free.ok) {
    warn(free.failure); // they are not ours to remove
    return { ...namesLeft, inUse: free.failure };
  }
  let manifestPath: string | undefined;
  if (publishing && snapshotUuid !== undefined) {
    const path = files.path('manifest');
    const complete = await attempt(async () => {
      const found = await recoverFiles(files, snapshotUuid);
      if (found) await provePublished(path, context.signal);
      return found;
    });
    if (complete.ok && complete.value) manifestPath = path;
    if (!complete.ok) warn(complete.failure);
  }
  const removed = await attempt(() => files.discard());
  const left = removed.ok ? namesLeft : unfinished(removed.failure, names);
  return manifestPath === undefined ? left : { ...left, manifestPath };
}

const filesLeft = (
  { diskName, targetFolder }: DiskPlan,
  names: string,
  { message, details }: Failure,
): Failure => ({
  code: 'files-left',
  message: `Unfinished files of ${diskName} could not be removed. ${message}`,
  nextStep: `When ${targetFolder} can be reached again, remove from it ${names}.`,
  ...(details === undefined ? {} : { details }),
});
