import { open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { mapFileError } from '../../image/file-failures';
import { moveToNew } from './move-to-new';
import { partialName } from './names';

/** The names of an export are taken by an unfinished manifest that holds nothing but a mark. */
export interface Reservation {
  readonly folder: string;
  /** Name of the manifest. */
  readonly manifest: string;
  /** A uuid: no other process has it. */
  readonly mark: string;
}

const takenPath = ({ folder, manifest }: Reservation): string => partialName(join(folder, manifest));
/** Before it has the name: whose it is shows in its own. */
const ownPath = ({ folder, manifest, mark }: Reservation): string =>
  partialName(join(folder, `${manifest}.${mark}`));

/**
 * False when the name is somebody's. The file has its content before it has the name; where there are no hard links an
 * empty one keeps the place for a moment.
 * @throws FailureError
 */
export async function reserveNames(reservation: Reservation): Promise<boolean> {
  const own = ownPath(reservation);
  const taken = takenPath(reservation);
  try {
    const file = await open(own, 'wx');
    try {
      await file.writeFile(reservation.mark);
      await file.sync();
    } finally {
      await file.close();
    }
    await moveToNew(own, taken);
    return true;
  } catch (error) {
    await rm(own, { force: true }).catch(() => undefined); // the same error once more
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw mapFileError(error, taken);
  }
}

/** Removes what a reservation left. A file of that name without its mark is somebody else's. @throws FailureError */
export async function releaseNames(reservation: Reservation): Promise<void> {
  const taken = takenPath(reservation);
  try {
    const own = ownPath(reservation);
    const content = await contentOf(taken, reservation.mark.length);
    // Ours was about to take the place.
    const keepsPlace = content === '' && (await contentOf(own, reservation.mark.length)) === reservation.mark;
    if (content === reservation.mark || keepsPlace) await rm(taken);
    // The last, as it tells whose the empty one is.
    await rm(own, { force: true });
  } catch (error) {
    throw mapFileError(error, taken);
  }
}

/** Undefined where there is none, or one of another size that is not empty. */
async function contentOf(path: string, bytes: number): Promise<string | undefined> {
  try {
    const { size } = await stat(path);
    if (size === 0) return '';
    return size === bytes ? await readFile(path, 'utf8') : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
