import { stat } from 'node:fs/promises';
import { fail } from '../../shared/model/failure';
import { mapFileError } from '../engine/image/file-failures';

/**
 * What stands at a path that was given as an argument.
 * @param what names it in messages: "password file".
 * @throws FailureError `file-not-found`, or the file system's.
 */
export async function demandExisting(path: string, what: string): Promise<'file' | 'folder'> {
  const found = await stat(path).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw mapFileError(error, path, 'read');
    return fail({
      code: 'file-not-found',
      message: `There is no ${what} at "${path}".`,
      nextStep: 'Check the path, and whether the drive or share that holds it is connected.',
    });
  });
  return found.isDirectory() ? 'folder' : 'file';
}

/** @throws FailureError `file-not-found`, `not-a-file`. */
export async function demandFile(path: string, what: string): Promise<void> {
  if ((await demandExisting(path, what)) === 'file') return;
  fail({
    code: 'not-a-file',
    message: `"${path}" is a folder, not a ${what}.`,
    nextStep: 'Name the file itself.',
  });
}

/** @throws FailureError `file-not-found`, `not-a-folder`. */
export async function demandFolder(path: string, what: string): Promise<void> {
  if ((await demandExisting(path, what)) === 'folder') return;
  fail({
    code: 'not-a-folder',
    message: `"${path}" is a file, not a ${what}.`,
    nextStep: 'Name the folder itself.',
  });
}
