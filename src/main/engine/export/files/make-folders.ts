import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Creates a folder and its parents. Node's own `recursive` never ends where the system answers ENOENT although the
 * parent is there, as below /proc. Source: nodejs/node src/node_file.cc, MKDirpAsync.
 * @throws the system's error
 */
export async function makeFolders(folder: string): Promise<void> {
  if (await isFolder(folder)) return;
  // From the top down: another disk's export may make the same parents at this moment.
  const parent = dirname(folder);
  if (parent !== folder) await makeFolders(parent);
  try {
    await mkdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !(await isFolder(folder))) throw error;
  }
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
