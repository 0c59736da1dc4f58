import { link, open, rename, rm, unlink } from 'node:fs/promises';
import { isThere } from './is-there';

/** Renames without ever replacing a file that came there meanwhile. When it fails, nothing has the new name. */
export async function moveToNew(from: string, to: string): Promise<void> {
  const linked = await takeName(from, to);
  try {
    await (linked ? unlink(from) : rename(from, to));
  } catch (error) {
    // A network file system may answer so to a call that it was sent twice. The new name is all there is then.
    if (linked && (error as NodeJS.ErrnoException).code === 'ENOENT' && (await isThere(to))) return;
    // What cannot be removed either is told by the same error.
    await rm(to, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Makes `to` as a second name of the file; false when an empty file only keeps the place. */
async function takeName(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    // FAT and some network file systems have no hard links.
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOENT') throw error;
    await (await open(to, 'wx')).close();
    return false;
  }
}
