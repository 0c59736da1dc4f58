import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { CBT_BLOCK_SIZE } from '../../../shared/blocks/extent';
import { fail, toFailure, type Failure } from '../../../shared/model/failure';
import { MANIFEST_VERSION, type Manifest } from '../../../shared/model/manifest';
import { attempt, type Result } from '../../../shared/model/result';
import { openImage } from '../image/index';
import { fileVanished, mapFileError, NOT_DURABLE } from '../image/file-failures';
import type { ImageFormat, ImageReader } from '../image/types';
import type { ChainLink } from '../library/chain';
import { demandSameChain } from '../library/same-chain';
import type { FileLock } from '../jobs/file-lock';
import type { ReleasedLocks } from '../jobs/released-locks';
import type { CopyCheckpoint } from './copy/copy';
import type { CopyOutcome, ExtentSpec, SourceSpec } from './copy/request';
import { WORKER_DIED, type CopyHooks, type RunningCopy, type StartCopy } from './copy/worker-client';
import { copyUntilDone } from './copy-until-done';
import { chooseFiles } from './files/choose-files';
import { isGone } from './files/is-there';
import { lockFiles } from './files/lock-files';
import type { ExportFileNames } from './files/names';
import { demandSameFiles } from './files/same-file';
import { ExportFiles } from './files/publish';
import type { Reservation } from './files/reserve-names';
import { recoverFiles } from './files/recover';
import { provePublished } from './resume/prove-published';

/** One disk's export, once it is known where the blocks come from. */
export interface WriteExport {
  readonly folder: string;
  readonly format: ImageFormat;
  readonly source: SourceSpec;
  /** Asked for each attempt. */
  readonly extents: () => ExtentSpec;
  readonly sizeBytes: number;
  /** The chain that an increment builds on, newest first. */
  readonly base: readonly ChainLink[] | undefined;
  /** Leave out changed blocks that equal the base. */
  readonly skipUnchanged: boolean;
  readonly limitBytesPerSecond: number | undefined;
  readonly about: Pick<Manifest, 'pool' | 'vm' | 'disk' | 'snapshot' | 'use' | 'mode' | 'reason'>;
  /** Version of Deltascope, for the manifest. */
  readonly toolVersion: string;
  readonly startedAt: Date;
  /** Where the job's processes tell each other of locks whose files were out of reach. */
  readonly releasedLocks?: ReleasedLocks;
  /** Files of an earlier attempt, to go on with. */
  readonly unfinished?: UnfinishedExport;
  /** Whether a failure leaves the unfinished files for a further attempt. Never when absent. */
  readonly keepUnfinished?: (failure: Failure) => boolean;
  /** Of the job; a copy is cancelled by itself. */
  readonly signal?: AbortSignal;
}

/** What is known of files that an earlier attempt was writing. */
export interface UnfinishedExport extends BegunFiles {
  /** It was giving them their names. */
  readonly publishing: boolean;
  readonly checkpoint: CopyCheckpoint | undefined;
  /** What it wrote may not be on the disk, whatever is read back: nothing of it counts. */
  readonly anew: boolean;
}

export interface BegunFiles {
  readonly names: ExportFileNames;
  /** Of a VHD. */
  readonly uuid: string;
  /** Digest of the base's checksums: an increment must not go on over another base. */
  readonly baseSha256?: string | undefined;
}

export interface WriteHooks extends CopyHooks {
  /** Before a name is taken; who does not hear of it later by `onFiles` gives it back. */
  readonly onReserving?: (reservation: Reservation) => void;
  /** Before the first of the files is made. */
  readonly onFiles?: (files: BegunFiles) => void;
  /** The image is complete; the files are about to get their names. */
  readonly onPublishing?: () => void;
  /** The copy has begun: for progress, pause, cancel. */
  readonly onStarted: (running: RunningCopy) => void;
  /** All blocks are there. When it throws, the export fails. */
  readonly onCopied?: () => Promise<void>;
  readonly onVerifying: () => void;
}

export interface WrittenExport {
  readonly manifestPath: string;
  readonly manifest: Manifest;
}

/**
 * Copies into `.partial` files, looks at the finished image once more, and only then gives everything its name and
 * writes the manifest. When it fails, no file of it is left, except those that a further attempt can go on with.
 */
export function writeExport(
  spec: WriteExport,
  startCopy: StartCopy,
  hooks: WriteHooks,
): Promise<Result<WrittenExport>> {
  return attempt(async () => {
    const { unfinished } = spec;
    const uuid = unfinished?.uuid ?? randomUUID();
    const files = unfinished
      ? new ExportFiles(spec.folder, unfinished.names)
      : await newFiles(spec, uuid, hooks);
    let lock = unfinished && (await lockedFiles(spec, files));
    const lockFresh = async (): Promise<void> => {
      lock ??= await lockedFiles(spec, files);
    };
    try {
      return await writeFiles(spec, files, uuid, lockFresh, startCopy, hooks);
    } finally {
      if (lock) release(lock, spec, hooks);
    }
  });
}

async function lockedFiles({ folder, releasedLocks }: WriteExport, files: ExportFiles): Promise<FileLock> {
  try {
    return lockFiles(files, releasedLocks);
  } catch (error) {
    throw (await isGone(folder)) ? fileVanished(folder, error) : error;
  }
}

/** A lock that stays is stale once this process has ended. */
function release(lock: FileLock, { releasedLocks }: WriteExport, { onLog }: WriteHooks): void {
  try {
    lock.release(releasedLocks);
  } catch (error) {
    onLog?.('warn', `The lock of the export’s files could not be removed: ${(error as Error).message}`);
  }
}

async function writeFiles(
  spec: WriteExport,
  files: ExportFiles,
  uuid: string,
  lockFresh: () => Promise<void>,
  startCopy: StartCopy,
  hooks: WriteHooks,
): Promise<WrittenExport> {
  const { unfinished } = spec;
  // The interruption may have come after the manifest had its name.
  const complete = unfinished?.publishing && (await recoverFiles(files, spec.about.snapshot.uuid));
  if (complete) {
    const manifestPath = files.path('manifest');
    hooks.onVerifying();
    await provePublished(manifestPath, spec.signal);
    await files.discard();
    return { manifestPath, manifest: complete };
  }
  if (unfinished?.anew) await files.discard();
  const baseSha256 = spec.base?.[0]?.manifest.checksums.sha256;
  // What nobody has a note of, nobody goes on with.
  let isNoted = unfinished !== undefined;
  let isCopied = false;
  let areMade = unfinished !== undefined;
  const noting: WriteHooks = {
    ...hooks,
    onConnected: () => {
      areMade = true;
      hooks.onConnected?.();
    },
  };
  try {
    if (unfinished && unfinished.baseSha256 !== baseSha256) fail(otherBase(spec));
    hooks.onFiles?.({ names: files.names, uuid, baseSha256 });
    isNoted = true;
    await lockFresh();
    const outcome = await copyUntilDone(spec, files, uuid, startCopy, noting);
    isCopied = true;
    await hooks.onCopied?.();
    hooks.onVerifying();
    await demandSameFiles(outcome.files);
    const fileBytes = await inspect(files.partial('image'), spec.format, outcome.sizeBytes);
    const manifest = manifestOf(spec, files, outcome, uuid, fileBytes);
    if (spec.base) await demandSameChain(spec.base);
    hooks.onPublishing?.();
    await files.publish(manifest, outcome.files);
    return { manifestPath: files.path('manifest'), manifest };
  } catch (error) {
    const { code } = toFailure(error);
    if (isNoted && code !== NOT_DURABLE && spec.keepUnfinished?.(toFailure(error)) === true) throw error;
    if (isNoted && NOT_FOUND.has(code) && (await isGone(spec.folder))) throw fileVanished(spec.folder, error);
    // Before they are made, what has come into the place of our files is somebody else's; ours is the name alone.
    const areOurs = isCopied || ((areMade || code === WORKER_DIED) && code !== 'target-exists');
    await discard(files, hooks, areOurs ? undefined : ['manifest']);
    throw error;
  }
}

/** What is said of a base that is not there any more, or of its target. */
const NOT_FOUND: ReadonlySet<string> = new Set(['image-not-found', 'parent-missing', 'checksums-missing']);

const newFiles = (
  { folder, about, base, format }: WriteExport,
  uuid: string,
  { onReserving }: WriteHooks,
): Promise<ExportFiles> =>
  chooseFiles(folder, new Date(about.snapshot.takenAt), base ? 'inc' : 'full', format, uuid, onReserving);

/** Why the export failed is told, not what else goes wrong then. */
async function discard(
  files: ExportFiles,
  { onLog }: WriteHooks,
  parts: readonly (keyof ExportFileNames)[] | undefined,
): Promise<void> {
  const removed = await attempt(() => files.discard(parts));
  if (!removed.ok) onLog?.('warn', `Unfinished files could not be removed: ${removed.failure.message}`);
}

const otherBase = ({ folder }: WriteExport): Failure => ({
  code: 'resume-base-changed',
  message: `The base in ${folder} is not the one that this export was begun on.`,
  nextStep: 'Export again: a new export chooses its base anew.',
});

/** The image as it lies on disk: right size, sound structure. Returns the file's size. @throws FailureError */
async function inspect(path: string, format: ImageFormat, sizeBytes: number): Promise<number> {
  const image = await reopen(path, format);
  try {
    const faults = await image.check();
    if (image.sizeBytes !== sizeBytes || faults.length > 0) {
      fail({
        code: 'image-unsound',
        message: `The image that was just written to ${path} is not sound.`,
        nextStep: 'Check the target’s drive or share, then export again; if it stays, report it.',
        details: faults[0]
          ? `${faults[0].message} (file offset ${faults[0].fileOffset})`
          : `${image.sizeBytes} bytes`,
      });
    }
  } finally {
    await image.close();
  }
  return (
    await stat(path).catch((error: unknown) => {
      throw mapFileError(error, path);
    })
  ).size;
}

/** A file that was being written a moment ago went with its drive: that is no missing image, but a target to bring back. */
async function reopen(path: string, format: ImageFormat): Promise<ImageReader> {
  try {
    return await openImage(path, { format });
  } catch (error) {
    const { code } = toFailure(error);
    throw code === 'image-not-found' ? fileVanished(path, error) : error;
  }
}

function manifestOf(
  spec: WriteExport,
  files: ExportFiles,
  outcome: CopyOutcome,
  uuid: string,
  fileBytes: number,
): Manifest {
  const { names } = files;
  const parent = spec.base?.[0];
  const now = new Date().toISOString();
  return {
    deltascope: MANIFEST_VERSION,
    id: randomUUID(),
    createdAt: now,
    tool: { name: 'deltascope', version: spec.toolVersion },
    ...spec.about,
    sizeBytes: outcome.sizeBytes,
    image: {
      file: names.image,
      format: spec.format,
      fileBytes,
      ...(spec.format === 'vhd' ? { uuid } : {}),
    },
    ...(parent ? { parent: parentOf(parent) } : {}),
    bytes: {
      changed: spec.base ? outcome.changedBytes : outcome.sizeBytes,
      read: outcome.readBytes,
      written: outcome.writtenBytes,
      zero: outcome.zeroBytes,
      equal: outcome.equalBytes,
    },
    ...(parent ? { compared: spec.skipUnchanged } : {}),
    checksums: {
      file: names.checksums,
      algorithm: 'xxh64',
      blockBytes: CBT_BLOCK_SIZE,
      sha256: outcome.checksums!.sha256,
    },
    timings: { startedAt: spec.startedAt.toISOString(), endedAt: now, copySeconds: outcome.seconds },
  };
}

function parentOf({ manifestPath, manifest }: ChainLink): NonNullable<Manifest['parent']> {
  return {
    manifestFile: basename(manifestPath),
    id: manifest.id,
    snapshotUuid: manifest.snapshot.uuid,
    imageFile: manifest.image.file,
    sha256: manifest.checksums.sha256,
  };
}
