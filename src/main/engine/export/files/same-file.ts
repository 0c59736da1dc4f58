import { open, stat, type FileHandle } from 'node:fs/promises';
import type { KnownFile } from '../../block-io/known-file';
import { fileVanished, mapFileError, targetReplaced } from '../../image/file-failures';
import { demandInPlace } from '../../image/in-place';

/** @throws FailureError `target-replaced` */
export async function demandSameFiles(files: readonly KnownFile[]): Promise<void> {
  for (const file of files) demandSame(file, await mapped(file, stat(file.path, { bigint: true })));
}

/**
 * Files that get other names meanwhile. They are open: once nobody has a file open, some file systems number it anew, and
 * some number it by its name.
 */
export class HeldFiles {
  private constructor(private readonly held: readonly { path: string; handle: FileHandle }[]) {}

  /** @throws FailureError `target-replaced` */
  static async hold(files: readonly KnownFile[]): Promise<HeldFiles> {
    const held: { path: string; handle: FileHandle }[] = [];
    try {
      for (const file of files) {
        const handle = await mapped(file, open(file.path, 'r'));
        held.push({ path: file.path, handle });
        demandSame(file, await mapped(file, handle.stat({ bigint: true })));
      }
    } catch (error) {
      await new HeldFiles(held).close();
      throw error;
    }
    return new HeldFiles(held);
  }

  /** @param nameOf what a file is called now. @throws FailureError `target-replaced` */
  demandAt(nameOf: (path: string) => string): void {
    for (const { path, handle } of this.held) demandInPlace(handle.fd, nameOf(path));
  }

  async close(): Promise<void> {
    // They were only read.
    await Promise.allSettled(this.held.map(({ handle }) => handle.close()));
  }
}

function demandSame({ path, device, inode }: KnownFile, { dev, ino }: { dev: bigint; ino: bigint }): void {
  if (dev !== device || ino !== inode) targetReplaced(path);
}

async function mapped<T>({ path }: KnownFile, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw fileVanished(path, error);
    throw mapFileError(error, path);
  }
}
