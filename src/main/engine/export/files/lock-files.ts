import { rmSync } from 'node:fs';
import { fail } from '../../../../shared/model/failure';
import { mapFileError } from '../../image/file-failures';
import { FileLock } from '../../jobs/file-lock';
import type { ReleasedLocks } from '../../jobs/released-locks';
import type { ExportFiles } from './publish';

export const FILES_IN_USE = 'files-in-use';

const lockOf = (files: ExportFiles): string => `${files.partial('image')}.lock`;

/**
 * Keeps two processes from writing the same unfinished files: a folder of jobs may have been copied, and its jobs go on
 * in both places.
 * @param released by the processes that had the job before.
 * @throws FailureError `files-in-use`, or of the file system.
 */
export function lockFiles(files: ExportFiles, released?: ReleasedLocks): FileLock {
  const path = lockOf(files);
  try {
    return FileLock.take(path, released) ?? inUse(files);
  } catch (error) {
    throw mapFileError(error, path);
  }
}

/** For who removes the files, which a full target must not prevent. @throws FailureError as {@link lockFiles} */
export function removeStaleLock(files: ExportFiles, released: ReleasedLocks): void {
  const path = lockOf(files);
  try {
    if (FileLock.isHeld(path, released)) inUse(files);
    rmSync(path, { force: true });
  } catch (error) {
    throw mapFileError(error, path);
  }
}

function inUse(files: ExportFiles): never {
  const path = lockOf(files);
  const machine = FileLock.otherMachine(path);
  return fail({
    code: FILES_IN_USE,
    message: `Another Deltascope${machine ? ` on the machine “${machine.host}”` : ''} writes the files of this export, ${files.partial('image')} and those beside it.`,
    nextStep: machine
      ? `Let it end there. If no Deltascope runs there any more, remove the file ${path}, then resume.`
      : `Let it end there: this job is a copy of the one that it runs. Then cancel this job. If none writes them, as when their drive was away as that one stopped, end every other Deltascope on this machine, remove the file ${path}, then resume.`,
  });
}
