import { mkdirSync, statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Creates a folder and its parents. Node's own `recursive` never ends where the system answers ENOENT although the
 * parent is there, as below /proc. Source: nodejs/node src/node_file.cc, MKDirpAsync.
 * @param mode of those that are made
 * @throws the system's error
 */
export async function makeFolders(folder: string, mode = 0o777): Promise<void> {
  if (await isFolder(folder)) return;
  // From the top down: another disk's export may make the same parents at this moment.
  const parent = dirname(folder);
  if (parent !== folder) await makeFolders(parent, mode);
  try {
    await mkdir(folder, { mode });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !(await isFolder(folder))) throw error;
  }
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

/** The same before it returns, for what lies on the machine's own drive. */
export function makeFoldersNow(folder: string, mode: number): void {
  if (isFolderNow(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) makeFoldersNow(parent, mode);
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !isFolderNow(folder)) throw error;
  }
}

const isFolderNow = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
