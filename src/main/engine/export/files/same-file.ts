import { stat } from 'node:fs/promises';
import { fail } from '../../../../shared/model/failure';
import { fileVanished, mapFileError } from '../../image/file-failures';

/** Which file of a file system is meant, whatever it is called. */
export interface KnownFile {
  readonly path: string;
  readonly device: bigint;
  readonly inode: bigint;
}

/** @throws FailureError */
export async function knowFile(path: string): Promise<KnownFile> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return { path, device: dev, inode: ino };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw fileVanished(path, error);
    throw mapFileError(error, path);
  }
}

/**
 * A file is written by its handle, but gets its name by its path: there may be a copy in its place by then, which lacks
 * what was written since.
 * @throws FailureError `target-replaced`
 */
export async function demandSameFiles(files: readonly KnownFile[]): Promise<void> {
  for (const { path, device, inode } of files) {
    const now = await knowFile(path);
    if (now.device === device && now.inode === inode) continue;
    fail({
      code: 'target-replaced',
      message: `The file ${path} is not the one that was written: it, or its folder, was replaced meanwhile.`,
      nextStep:
        'Leave the target folder alone while something is written there. What is there now is proved when the job goes on.',
      details: path,
    });
  }
}
