import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { makeFolders } from '../export/files/make-folders';
import { syncFolder } from '../export/files/sync-folder';
import { mapHomeError } from './home-failures';
import { namesIn } from './journal';

/** In the folder of jobs. */
export const RESTORED_DISKS = 'restored-disks';
/** The oldest go: what came back with an older database of the pool is seen long before. */
const MOST = 1000;

const uuidSchema = z.guid();

/**
 * Notes a disk whose restore came to a good end, durably. The pool may say again that it is unfinished: XAPI writes its
 * database down every five minutes, and a coordinator that crashes goes on with what it wrote. Source: xen-api
 * ocaml/database/db_cache_impl.ml, spawn_db_flush_threads. Each disk is an empty file of its own, so that processes that
 * share the folder do not write over each other's notes. @throws FailureError `journal-not-written`
 */
export async function noteRestoredDisk(jobsFolder: string, diskUuid: string): Promise<void> {
  const folder = join(jobsFolder, RESTORED_DISKS);
  const path = join(folder, uuidSchema.parse(diskUuid));
  try {
    await makeFolders(folder, 0o700);
    await syncFolder(jobsFolder);
    await writeFile(path, '', { mode: 0o600 });
    await syncFolder(folder);
    await dropOldest(folder, diskUuid);
  } catch (error) {
    throw mapHomeError(error, path);
  }
}

/** Uuids of the disks that were noted. @throws FailureError `jobs-not-readable` */
export async function restoredDisks(jobsFolder: string): Promise<ReadonlySet<string>> {
  const names = await namesIn(join(jobsFolder, RESTORED_DISKS));
  return new Set(names.filter((name) => uuidSchema.safeParse(name).success));
}

async function dropOldest(folder: string, newest: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name !== newest);
  if (names.length < MOST) return;
  const notes = [];
  for (const name of names) {
    const path = join(folder, name);
    const found = await stat(path).catch(unlessGone);
    if (found) notes.push({ path, since: found.mtimeMs });
  }
  notes.sort((a, b) => b.since - a.since);
  for (const { path } of notes.slice(MOST - 1)) await rm(path, { force: true });
}

/** Another process has dropped it. */
function unlessGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
