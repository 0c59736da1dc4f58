import { lstat, open, rm } from 'node:fs/promises';
import { mapFileError } from '../../image/file-failures';
import type { ImageFormat } from '../../image/types';
import { exportFileNames } from './names';
import { ExportFiles, makeFolder } from './publish';

/**
 * Names for a new export in a folder, which is made if need be. Neither a finished nor an unfinished export of the
 * same second is touched: a number is added instead. The names are taken by an empty unfinished manifest, so that
 * another process that exports the same disk in the same second chooses others.
 * @throws FailureError
 */
export async function chooseFiles(
  folder: string,
  takenAt: Date,
  kind: 'full' | 'inc',
  format: ImageFormat,
): Promise<ExportFiles> {
  await makeFolder(folder);
  for (let attempt = 1; ; attempt++) {
    const files = new ExportFiles(folder, exportFileNames(takenAt, kind, format, attempt));
    if (!(await reserve(files.partial('manifest')))) continue;
    const taken = await Promise.all(
      [
        files.path('manifest'),
        ...(['image', 'checksums'] as const).flatMap((part) => [files.path(part), files.partial(part)]),
      ].map(exists),
    );
    if (!taken.includes(true)) return files;
    const reserved = files.partial('manifest');
    await rm(reserved, { force: true }).catch((error: unknown) => {
      throw mapFileError(error, reserved);
    });
  }
}

/** False when the file is there already. */
async function reserve(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx')).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw mapFileError(error, path);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path); // a link that leads nowhere is somebody's file too
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw mapFileError(error, path);
  }
}
