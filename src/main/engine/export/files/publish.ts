import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Manifest } from '../../../../shared/model/manifest';
import { mapFileError } from '../../image/file-failures';
import { encodeManifest } from './manifest-file';
import { moveToNew } from './move-to-new';
import { partialName, type ExportFileNames } from './names';
import { makeFolders } from './make-folders';
import { syncFolder } from './sync-folder';

/** The three files of one export while it is being made and when it is done. */
export class ExportFiles {
  constructor(
    readonly folder: string,
    readonly names: ExportFileNames,
  ) {}

  path(part: keyof ExportFileNames): string {
    return join(this.folder, this.names[part]);
  }

  partial(part: keyof ExportFileNames): string {
    return partialName(this.path(part));
  }

  /**
   * Gives image and checksums, which must be durable, their names and writes the manifest last: whoever finds a
   * manifest finds a complete export, also after a power cut.
   * @throws FailureError when the file system refuses; nothing that looks finished is left then.
   */
  async publish(manifest: Manifest): Promise<void> {
    const named: string[] = [];
    try {
      const text = await open(this.partial('manifest'), 'w');
      try {
        await text.writeFile(encodeManifest(manifest));
        await text.sync();
      } finally {
        await text.close();
      }
      for (const part of ['image', 'checksums', 'manifest'] as const) {
        await moveToNew(this.partial(part), this.path(part));
        named.push(this.path(part));
        if (part !== 'image') await syncFolder(this.folder);
      }
    } catch (error) {
      for (const path of named) await rm(path, { force: true });
      throw mapFileError(error, this.path('manifest'));
    }
  }

  /**
   * After an interruption: everything unfinished has its `.partial` name again, unless the export is complete.
   * @param publishing names were being given when it was interrupted, so files that have theirs are ours.
   * @returns whether the export is complete.
   * @throws FailureError when the file system refuses.
   */
  async recover(publishing: boolean): Promise<boolean> {
    try {
      if (publishing && (await this.#exists(this.path('manifest')))) {
        await this.discard();
        return true;
      }
      for (const part of publishing ? (['image', 'checksums'] as const) : []) {
        const [named, partial] = [this.path(part), this.partial(part)];
        if (!(await this.#exists(named))) continue;
        if (await this.#exists(partial)) await rm(named);
        else await rename(named, partial);
      }
      return false;
    } catch (error) {
      throw mapFileError(error, this.path('image'));
    }
  }

  async #exists(path: string): Promise<boolean> {
    try {
      await stat(path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }

  /** Removes what is unfinished. Never touches files that have their final name. */
  async discard(): Promise<void> {
    for (const part of ['image', 'checksums', 'manifest'] as const) {
      await rm(this.partial(part), { force: true });
    }
  }
}

/** Creates the folder of a disk, parents included. @throws FailureError */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await makeFolders(folder);
    await syncFolder(dirname(folder));
  } catch (error) {
    throw mapFileError(error, folder);
  }
}
