import { open, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Manifest } from '../../../../shared/model/manifest';
import type { KnownFile } from '../../block-io/known-file';
import { mapFileError } from '../../image/file-failures';
import { encodeManifest } from './manifest-file';
import { fileAt, moveToNew } from './move-to-new';
import { fullName, partialName, type ExportFileNames } from './names';
import { makeFolders } from './make-folders';
import { HeldFiles } from './same-file';
import { syncFolder } from './sync-folder';

const PARTS = ['image', 'checksums', 'manifest'] as const;

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
   * @param written which files image and checksums are: others at their paths stay without a manifest.
   * @throws FailureError when the file system refuses; everything has its `.partial` name again then, if that can be.
   */
  async publish(manifest: Manifest, written: readonly KnownFile[]): Promise<void> {
    const named: (keyof ExportFileNames)[] = [];
    const ours: KnownFile[] = [...written];
    const held = await HeldFiles.hold(written);
    try {
      ours.push(await this.#writeManifest(manifest));
      for (const part of PARTS) {
        if (part === 'manifest') held.demandAt(fullName);
        await moveToNew(this.partial(part), this.path(part));
        named.push(part);
        if (part !== 'image') await syncFolder(this.folder);
      }
    } catch (error) {
      // What cannot be taken back is seen when the job goes on; the failure itself is what has to be told.
      await this.#takeBack(named, ours).catch(() => undefined);
      throw mapFileError(error, this.path('manifest'));
    } finally {
      await held.close();
    }
  }

  /** Durable, with the names that all three files have by now: only then another name says whose a file is. */
  async #writeManifest(manifest: Manifest): Promise<KnownFile> {
    const path = this.partial('manifest');
    const text = await open(path, 'w');
    let known: KnownFile;
    try {
      await text.writeFile(encodeManifest(manifest));
      await text.sync();
      const { dev, ino } = await text.stat({ bigint: true });
      known = { path, device: dev, inode: ino };
    } finally {
      await text.close();
    }
    await syncFolder(this.folder);
    return known;
  }

  /**
   * The manifest comes first: as long as it has its name, the others must have theirs.
   * @param ours what may have got its name although that was answered with an error.
   */
  async #takeBack(named: readonly (keyof ExportFileNames)[], ours: readonly KnownFile[]): Promise<void> {
    for (const part of [...PARTS].reverse()) {
      const [path, partial] = [this.path(part), this.partial(part)];
      const known = ours.find((file) => file.path === partial);
      if (!named.includes(part) && !(known && (await isAt(path, known)))) continue;
      await moveToNew(path, partial);
      if (part === 'manifest') await syncFolder(this.folder);
    }
  }

  /**
   * Removes what is unfinished. Never touches files that have their final name.
   * @param parts all of them when absent.
   * @throws FailureError also when the folder is away: nobody knows then what is in it.
   */
  async discard(parts: readonly (keyof ExportFileNames)[] = PARTS): Promise<void> {
    await demandFolderOf(this.partial('image'));
    for (const part of parts) {
      const path = this.partial(part);
      await rm(path, { force: true }).catch((error: unknown) => {
        throw mapFileError(error, path);
      });
    }
  }
}

async function isAt(path: string, { device, inode }: KnownFile): Promise<boolean> {
  const found = await fileAt(path);
  return found?.dev === device && found.ino === inode;
}

/** For files in a folder that was there: nobody knows what is in it while it is away. @throws FailureError */
export async function demandFolderOf(path: string): Promise<void> {
  await stat(dirname(path)).catch((error: unknown) => {
    throw mapFileError(error, path);
  });
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
