import { stat } from 'node:fs/promises';
import { mapFileError } from '../../image/file-failures';
import type { ImageFormat } from '../../image/types';
import { exportFileNames } from './names';
import { ExportFiles, makeFolder } from './publish';

/**
 * Names for a new export in a folder, which is made if need be. Neither a finished nor an unfinished export of the
 * same second is touched: a number is added instead.
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
    const taken = await Promise.all(
      (['image', 'checksums', 'manifest'] as const).flatMap((part) => [
        exists(files.path(part)),
        exists(files.partial(part)),
      ]),
    );
    if (!taken.includes(true)) return files;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw mapFileError(error, path);
  }
}
