import { stat } from 'node:fs/promises';
import { fileVanished, mapFileError, targetReplaced } from '../../image/file-failures';

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

/** Until a file gets its name. @throws FailureError `target-replaced` */
export async function demandSameFiles(files: readonly KnownFile[]): Promise<void> {
  for (const { path, device, inode } of files) {
    const now = await knowFile(path);
    if (now.device !== device || now.inode !== inode) targetReplaced(path);
  }
}
