import { rm, stat } from 'node:fs/promises';
import { fail } from '../../../../shared/model/failure';
import { mapFileError } from '../../image/file-failures';
import { moveToNew } from './move-to-new';

/** A single file that the admin named: never over one that is there. @throws FailureError `target-exists` */
export async function demandNew(path: string): Promise<void> {
  try {
    await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw mapFileError(error, path);
  }
  fail({
    code: 'target-exists',
    message: `"${path}" exists already and is not overwritten.`,
    nextStep: 'Choose another name, or remove the file if it is no longer needed.',
  });
}

/** Gives a complete file its name, not over a file that came there meanwhile: then it is removed. @throws FailureError */
export async function publishNew(partial: string, target: string): Promise<void> {
  try {
    await moveToNew(partial, target);
  } catch (error) {
    await rm(partial, { force: true });
    throw mapFileError(error, target);
  }
}
