import { lstat } from 'node:fs/promises';
import { mapFileError } from '../../image/file-failures';
import type { ImageFormat } from '../../image/types';
import { exportFileNames } from './names';
import { ExportFiles, makeFolder } from './publish';
import { releaseNames, reserveNames, type Reservation } from './reserve-names';

/**
 * Names for a new export in a folder, which is made if need be. Neither a finished nor an unfinished export of the
 * same second is touched: a number is added instead. The names are reserved, so that another process that exports the
 * same disk in the same second chooses others.
 * @param mark of the reservation.
 * @param onReserving before a name is taken.
 * @throws FailureError
 */
export async function chooseFiles(
  folder: string,
  takenAt: Date,
  kind: 'full' | 'inc',
  format: ImageFormat,
  mark: string,
  onReserving?: (reservation: Reservation) => void,
): Promise<ExportFiles> {
  await makeFolder(folder);
  for (let attempt = 1; ; attempt++) {
    const files = new ExportFiles(folder, exportFileNames(takenAt, kind, format, attempt));
    const reservation = { folder, manifest: files.names.manifest, mark };
    onReserving?.(reservation);
    if (!(await reserveNames(reservation))) continue;
    try {
      if (!(await areTaken(files))) return files;
    } catch (error) {
      // Why it failed is told, not what else goes wrong then.
      await releaseNames(reservation).catch(() => undefined);
      throw error;
    }
    await releaseNames(reservation);
  }
}

async function areTaken(files: ExportFiles): Promise<boolean> {
  const others = (['image', 'checksums'] as const).flatMap((part) => [files.path(part), files.partial(part)]);
  const found = await Promise.all([files.path('manifest'), ...others].map(exists));
  return found.includes(true);
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
