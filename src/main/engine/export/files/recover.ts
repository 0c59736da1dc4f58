import { readFile, rename, rm, stat } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import { fail } from '../../../../shared/model/failure';
import type { Manifest } from '../../../../shared/model/manifest';
import { mapFileError } from '../../image/file-failures';
import { fileBytes } from '../checksums/layout';
import { parseManifest } from './manifest-file';
import { moveToNew } from './move-to-new';
import type { ExportFiles } from './publish';
import { syncFolder } from './sync-folder';

/**
 * After an interruption while an export's files got their names: if the manifest has its name, so have the others, and
 * whoever has proved them discards what else is there; otherwise everything has its `.partial` name again. A file counts
 * as ours only if the manifest says so, not because of its name.
 * @param snapshotUuid of the export
 * @returns the manifest when the export is complete.
 * @throws FailureError `target-exists` when somebody else's file has one of the names; or of the file system.
 */
export async function recoverFiles(files: ExportFiles, snapshotUuid: string): Promise<Manifest | undefined> {
  try {
    const complete = await manifestAt(files.path('manifest'), files, snapshotUuid);
    if (complete) {
      await giveName(files, 'image', complete.image.fileBytes);
      await giveName(files, 'checksums', fileBytes(complete.sizeBytes));
      return complete;
    }
    await clearManifest(files);
    // It was durable, as `.partial`, before any file got its name.
    const manifest = await manifestAt(files.partial('manifest'), files, snapshotUuid);
    await takeBack(files, 'image', manifest?.image.fileBytes);
    await takeBack(files, 'checksums', manifest && fileBytes(manifest.sizeBytes));
    return undefined;
  } catch (error) {
    throw mapFileError(error, files.path('image'), 'read');
  }
}

/** The manifest of this very export at `path`, if that is what lies there. */
async function manifestAt(
  path: string,
  { names }: ExportFiles,
  snapshotUuid: string,
): Promise<Manifest | undefined> {
  if (!(await find(path))) return undefined;
  const text = await readFile(path, 'utf8');
  let manifest: Manifest;
  try {
    manifest = parseManifest(text, path);
  } catch {
    return undefined; // whatever it is, it is not what we wrote
  }
  const { snapshot, image, checksums } = manifest;
  const isOurs =
    snapshot.uuid === snapshotUuid && image.file === names.image && checksums.file === names.checksums;
  return isOurs ? manifest : undefined;
}

/** The manifest alone has its name where the others were taken back, and it could not be. */
async function giveName(files: ExportFiles, part: 'image' | 'checksums', bytes: number): Promise<void> {
  if (await find(files.path(part))) return;
  const unfinished = await find(files.partial(part));
  if (unfinished?.size !== BigInt(bytes)) return;
  await moveToNew(files.partial(part), files.path(part));
  await syncFolder(files.folder);
}

/** Where files cannot have two names, an empty one keeps the place until the manifest takes it. */
async function clearManifest(files: ExportFiles): Promise<void> {
  const path = files.path('manifest');
  const found = await find(path);
  if (!found) return;
  if (found.size > 0n || !(await find(files.partial('manifest')))) targetTaken(path);
  await rm(path);
}

/** @param bytes that the file has by its manifest; undefined when there is none yet, so that nothing got a name. */
async function takeBack(
  files: ExportFiles,
  part: 'image' | 'checksums',
  bytes: number | undefined,
): Promise<void> {
  const path = files.path(part);
  const named = await find(path);
  if (!named) return;
  const unfinished = await find(files.partial(part));
  if (unfinished) {
    const isSecondName = named.ino === unfinished.ino && named.dev === unfinished.dev;
    if (!isSecondName && named.size > 0n) targetTaken(path);
    await rm(path);
  } else if (bytes !== undefined && named.size === BigInt(bytes)) await rename(path, files.partial(part));
  else targetTaken(path);
}

async function find(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function targetTaken(path: string): never {
  return fail({
    code: 'target-exists',
    message: `"${path}" is not a file of this export, which was about to get that name. It is not touched.`,
    nextStep:
      'Move that file away, then resume. Or cancel and export again: a new export chooses another name.',
  });
}
