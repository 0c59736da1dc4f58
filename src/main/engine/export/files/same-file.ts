import { stat } from 'node:fs/promises';
import type { KnownFile } from '../../block-io/known-file';
import { fileVanished, mapFileError, targetReplaced } from '../../image/file-failures';

async function fileAt(path: string): Promise<{ dev: bigint; ino: bigint }> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw fileVanished(path, error);
    throw mapFileError(error, path);
  }
}

/** @param pathOf what a file is called by now. @throws FailureError `target-replaced` */
export async function demandSameFiles(
  files: readonly KnownFile[],
  pathOf = (path: string): string => path,
): Promise<void> {
  for (const { path, device, inode } of files) {
    const { dev, ino } = await fileAt(pathOf(path));
    if (dev !== device || ino !== inode) targetReplaced(pathOf(path));
  }
}
