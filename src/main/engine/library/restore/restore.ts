import { randomUUID } from 'node:crypto';
import { fail, FailureError, toFailure, type Failure } from '../../../../shared/model/failure';
import type { RestoredDisk } from '../../../../shared/model/library-operation';
import { attempt, unwrap, type Result } from '../../../../shared/model/result';
import { createUnfinished, type NewDisk } from '../../cbt';
import { blocksWithSums } from '../../export/checksums/blocks-with-sums';
import { EffectiveChecksums } from '../../export/checksums/effective';
import { openCheckedChain, openChecksums } from '../../export/copy/open-chain';
import { whileHeld } from '../../jobs/job-lock';
import { taskNameFor, type PoolConnection } from '../../xapi';
import { chainOf, type ChainLink } from '../chain';
import { chainImages } from '../chain-images';
import { chooseUpload, type ChosenUpload } from './choose-upload';
import { afterRemoval, complete } from './end-restore';
import { proveDisk } from './prove-disk';
import { uploadBody } from './upload-body';

export interface RestoreWish {
  readonly storageUuid: string;
  readonly name?: string | undefined;
  /** Read the new disk back and compare it with the checksums. */
  readonly prove: boolean;
}

export interface RestoreHooks {
  readonly progress: (step: 'sending' | 'proving', doneBytes: number, totalBytes: number) => void;
  readonly signal: AbortSignal;
  /** By which the disk is found while it is not whole; made up when absent. */
  readonly jobId?: string;
  /** Where other processes of this computer see that the restore runs, so that none takes its disk for a leftover. */
  readonly jobsFolder: string;
}

/** The written disk is worth another look before it is given up. */
const PROOF_ATTEMPTS = 2;

/**
 * Makes a new disk on a storage of the pool that holds what the chain reads. Every block is compared with its checksum
 * on the way. Existing disks are never touched. If anything goes wrong the new disk is removed; until it is whole it
 * carries our mark. Once it is whole it stays, whatever happens then.
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
      filled = await fill(connection, disk, links, wish.prove, { ...hooks, taskName });
    } catch (error) {
      const failure = hooks.signal.aborted ? cancelled : toFailure(error);
      throw new FailureError(await afterRemoval(connection, jobId, disk, failure));
    }
    const { upload, provedBytes } = filled;
    const marksRemain = await complete(connection, disk);
    return {
      diskUuid: disk.uuid,
      diskName: name,
      storageName: storage.name,
      sizeBytes: manifest.sizeBytes,
      newSizeBytes: disk.sizeBytes,
      format: upload.format,
      formatReason: upload.reason,
      sentBytes: upload.contentLength,
      ...(provedBytes === undefined ? {} : { provedBytes }),
      ...(marksRemain ? { marksRemain } : {}),
    };
  });

interface Filled {
  readonly upload: ChosenUpload;
  readonly provedBytes: number | undefined;
}

async function fill(
  connection: PoolConnection,
  disk: NewDisk,
  links: readonly ChainLink[],
  prove: boolean,
  { signal, progress, taskName }: Hooks & { readonly taskName: string },
): Promise<Filled> {
  const { sizeBytes } = links[0].manifest;
  if (disk.sizeBytes < sizeBytes) fail(diskTooSmall(disk.sizeBytes, sizeBytes));
  const images = chainImages(links);
  const used = await blocksWithSums(images, sizeBytes);
  const upload = chooseUpload(sizeBytes, disk, used);
  const { contentLength, format } = upload;
  const source = await openCheckedChain(images);
  try {
    let broken: Failure | undefined;
    const body = uploadBody(upload, source, {
      signal,
      onSent: (sent) => progress('sending', sent, contentLength),
      onFailure: (error) => (broken = toFailure(error)),
    });
    const vdiUuid = disk.uuid;
    const sent = await connection.importRawVdi({ vdiUuid, format, contentLength, body, taskName, signal });
    if (broken) fail(broken);
    unwrap(sent);
  } finally {
    await source.close();
  }
  if (!prove) return { upload, provedBytes: undefined };
  const sums = new EffectiveChecksums(await openChecksums(images));
  try {
    const proof = {
      sums,
      used,
      sizeBytes,
      signal,
      taskName,
      progress: (done: number, total: number) => progress('proving', done, total),
    };
    return { upload, provedBytes: await provePatiently(() => proveDisk(connection, disk, proof), signal) };
  } finally {
    await sums.close();
  }
}

async function provePatiently(prove: () => Promise<number>, signal: AbortSignal): Promise<number> {
  for (let left = PROOF_ATTEMPTS; ;) {
    const proved = await attempt(prove);
    if (proved.ok || --left === 0 || signal.aborted || proved.failure.code === 'restore-differs')
      return unwrap(proved);
  }
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

const diskTooSmall = (made: number, wanted: number): Failure => ({
  code: 'new-disk-too-small',
  message: `The storage made a disk of ${made} bytes; the export holds ${wanted}.`,
  nextStep: 'Choose another storage.',
});
