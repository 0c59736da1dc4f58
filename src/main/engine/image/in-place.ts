import { fstatSync, statSync } from 'node:fs';
import { fileVanished, mapFileError, targetReplaced } from './file-failures';

/** The file that is open is still the one at its path. @throws FailureError `target-replaced`, `file-vanished` */
export function demandInPlace(fd: number, path: string): void {
  try {
    const [open, there] = [fstatSync(fd, { bigint: true }), statSync(path, { bigint: true })];
    if (open.dev === there.dev && open.ino === there.ino) return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw fileVanished(path, error);
    throw mapFileError(error, path);
  }
  targetReplaced(path);
}
