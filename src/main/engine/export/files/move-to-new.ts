import { link, lstat, open, rename, rm, unlink } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';

/**
 * Renames without ever replacing a file that came there meanwhile. When it fails, nothing has the new name, but for
 * where the file system does not even tell that. A network file system may lose its answer to a call that it did, and
 * refuse the same call when it is sent again: so after any error what is there counts, not what was answered.
 */
export async function moveToNew(from: string, to: string): Promise<void> {
  const linked = await takeName(from, to);
  try {
    await (linked ? unlink(from) : rename(from, to));
  } catch (error) {
    if (await isMoved(from, to)) return;
    // What cannot be removed either is told by the same error.
    await giveNameBack(from, to).catch(() => undefined);
    throw error;
  }
}

/** Makes `to` as a second name of the file; false when an empty file only keeps the place. */
async function takeName(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (await isOneFile(from, to)) return true;
    // FAT and some network file systems have no hard links.
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOENT') throw error;
    await (await open(to, 'wx')).close();
    return false;
  }
}

/** The new name is all there is, and not of an empty file that only kept the place. */
async function isMoved(from: string, to: string): Promise<boolean> {
  try {
    return !(await fileAt(from)) && ((await fileAt(to))?.size ?? 0n) > 0n;
  } catch {
    return false; // nobody knows: the caller's own error is told
  }
}

async function giveNameBack(from: string, to: string): Promise<void> {
  const [old, named] = [await fileAt(from), await fileAt(to)];
  // Never the only name of a file that holds something.
  if (named && (named.size === 0n || (old && isSame(old, named)))) await rm(to);
}

/** Whether both names are there, and of one file. */
async function isOneFile(one: string, other: string): Promise<boolean> {
  try {
    const [first, second] = [await fileAt(one), await fileAt(other)];
    return first !== undefined && second !== undefined && isSame(first, second);
  } catch {
    return false; // nobody knows: the caller's own error is told
  }
}

const isSame = (one: BigIntStats, other: BigIntStats): boolean =>
  one.ino === other.ino && one.dev === other.dev;

/** Of the name itself: a link that somebody made to a file of ours is theirs. */
export async function fileAt(path: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
