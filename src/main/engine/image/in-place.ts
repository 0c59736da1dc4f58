import { fstatSync, statSync } from 'node:fs';
import type { KnownFile } from '../block-io/known-file';
import { fileVanished, mapFileError, targetReplaced } from './file-failures';

/** The file that is open, which must still be the one at its path. @throws FailureError `target-replaced`, `file-vanished` */
export function demandInPlace(fd: number, path: string): KnownFile {
  try {
    const [open, there] = [fstatSync(fd, { bigint: true }), statSync(path, { bigint: true })];
    if (open.dev === there.dev && open.ino === there.ino) return { path, device: open.dev, inode: open.ino };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw fileVanished(path, error);
    throw mapFileError(error, path);
  }
  return targetReplaced(path);
}
