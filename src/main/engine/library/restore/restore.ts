import { randomUUID } from 'node:crypto';
import { fail, FailureError, toFailure, type Failure } from '../../../../shared/model/failure';
import type { RestoredDisk } from '../../../../shared/model/library-operation';
import { attempt, unwrap, type Result } from '../../../../shared/model/result';
import { createUnfinished, type NewDisk } from '../../cbt';
import { whileHeld } from '../../jobs/job-lock';
import { taskNameFor, type PoolConnection } from '../../xapi';
import { chainOf } from '../chain';
import { chainImages } from '../chain-images';
import { runInWorker } from '../worker/run-in-worker';
import { afterRemoval, complete, noteWhole } from './end-restore';
import { fillDisk, type Filled, type FillHooks, type FillRequest, type FillWork } from './fill';

export interface RestoreWish {
  readonly storageUuid: string;
  readonly name?: string | undefined;
  /** Read the new disk back and compare it with the checksums. */
  readonly prove: boolean;
}

export interface RestoreHooks extends FillHooks {
  /** By which the disk is found while it is not whole; made up when absent. */
  readonly jobId?: string;
  /** Where other processes of this computer see that the restore runs, so that none takes its disk for a leftover. */
  readonly jobsFolder: string;
  /** The bundled `library-worker.js`, in which the disk is filled; absent: in this thread. */
  readonly workerFile?: URL | undefined;
}

/**
 * Makes a new disk on a storage of the pool that holds what the chain reads. Every block is compared with its checksum
 * on the way. Existing disks are never touched. If anything goes wrong the new disk is removed; until it is whole it
 * carries our mark. Once it is whole it stays, whatever happens then, and is noted in the folder of jobs.
 * Fails with `storage-not-found`, `image-block-damaged`, `restore-differs`, `cancelled`, a failure of the chain or one of
 * the pool.
 */
export const restoreExport = (
  connection: PoolConnection,
  manifestPath: string,
  wish: RestoreWish,
  hooks: RestoreHooks,
): Promise<Result<RestoredDisk>> => {
  const { jobId = randomUUID(), jobsFolder } = hooks;
  const work = (): Promise<Result<RestoredDisk>> =>
    restore(connection, manifestPath, wish, { ...hooks, jobId });
  return attempt(async () => unwrap(await whileHeld(jobsFolder, jobId, work)));
};

type Hooks = RestoreHooks & { readonly jobId: string };

const restore = (
  connection: PoolConnection,
  manifestPath: string,
  wish: RestoreWish,
  hooks: Hooks,
): Promise<Result<RestoredDisk>> =>
  attempt(async () => {
    const links = unwrap(await chainOf(manifestPath));
    const storage = connection.inventory().storages.find(({ uuid }) => uuid === wish.storageUuid);
    if (!storage) return fail(storageNotFound);
    const { manifest } = links[0];
    const name = wish.name ?? nameFor(manifest.disk.name, manifest.snapshot.takenAt);
    const { jobId } = hooks;
    const taskName = taskNameFor(jobId, name);
    let disk: NewDisk | undefined;
    let filled: Filled;
    try {
      disk = await createUnfinished(connection, {
        jobId,
        storageUuid: wish.storageUuid,
        name,
        description: `Restored by Deltascope: disk ${manifest.disk.uuid}, snapshot ${manifest.snapshot.uuid}`,
        sizeBytes: manifest.sizeBytes,
        signal: hooks.signal,
      });
      const images = chainImages(links);
      const { sizeBytes } = manifest;
      const { prove } = wish;
      filled = await fill(connection, { disk, images, sizeBytes, prove, taskName }, hooks);
      // A cancel that comes too late for the worker still comes in time for the marks.
      hooks.signal.throwIfAborted();
    } catch (error) {
      const failure = hooks.signal.aborted ? cancelled : toFailure(error);
      throw new FailureError(await afterRemoval(connection, jobId, disk, failure));
    }
    // Before the marks go: they may come back at any time after that.
    const notNoted = await noteWhole(hooks.jobsFolder, disk);
    const marksRemain = await complete(connection, disk, !notNoted);
    return {
      diskUuid: disk.uuid,
      diskName: name,
      storageName: storage.name,
      sizeBytes: manifest.sizeBytes,
      newSizeBytes: disk.sizeBytes,
      ...filled,
      ...(marksRemain ? { marksRemain } : {}),
      ...(notNoted ? { notNoted } : {}),
    };
  });

async function fill(connection: PoolConnection, request: FillRequest, hooks: Hooks): Promise<Filled> {
  const { workerFile } = hooks;
  if (!workerFile) return fillDisk(connection, request, hooks);
  const { url, fingerprint } = connection;
  const work: FillWork = { ...request, kind: 'fill', place: { url, fingerprint } };
  return unwrap(await runInWorker(workerFile, work, { ...hooks, pool: connection }));
}

/** What the disk was called, and the time that it goes back to. */
const nameFor = (diskName: string, takenAt: string): string =>
  `${diskName} as of ${takenAt.slice(0, 16).replace('T', ' ')} UTC`;

const storageNotFound: Failure = {
  code: 'storage-not-found',
  message: 'The pool has no such storage for disks.',
  nextStep: 'Choose another storage.',
};

const cancelled: Failure = {
  code: 'cancelled',
  message: 'The restore was cancelled. The new disk was removed.',
  nextStep: 'Start it again when you like.',
};
