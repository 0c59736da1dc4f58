import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { fail } from '../../../shared/model/failure';
import { MANIFEST_VERSION, type Manifest } from '../../../shared/model/manifest';
import { attempt, unwrap, type Result } from '../../../shared/model/result';
import { describeParent, openImage } from '../image/index';
import { mapFileError } from '../image/file-failures';
import type { ImageFormat } from '../image/types';
import type { ChainLink } from '../library/chain';
import { chainImages } from '../library/chain-images';
import type { CopyOutcome, ExtentSpec, SourceSpec } from './copy/request';
import type { CopyHooks, RunningCopy, StartCopy } from './copy/worker-client';
import { chooseFiles } from './files/choose-files';
import type { ExportFiles } from './files/publish';

/** One disk's export, once it is known where the blocks come from. */
export interface WriteExport {
  readonly folder: string;
  readonly format: ImageFormat;
  readonly source: SourceSpec;
  readonly extents: ExtentSpec;
  readonly sizeBytes: number;
  /** The chain that an increment builds on, newest first. */
  readonly base: readonly ChainLink[] | undefined;
  /** Leave out changed blocks that equal the base. */
  readonly skipUnchanged: boolean;
  readonly limitBytesPerSecond: number | undefined;
  readonly about: Pick<Manifest, 'pool' | 'vm' | 'disk' | 'snapshot' | 'mode' | 'reason'>;
  /** Version of Deltascope, for the manifest. */
  readonly toolVersion: string;
  readonly startedAt: Date;
}

export interface WriteHooks extends CopyHooks {
  /** The unfinished files, before the first of them is made. */
  readonly onFiles?: (partialFiles: readonly string[]) => void;
  /** The copy has begun: for progress, pause, cancel. */
  readonly onStarted: (running: RunningCopy) => void;
  readonly onVerifying: () => void;
}

export interface WrittenExport {
  readonly manifestPath: string;
  readonly manifest: Manifest;
}

/**
 * Copies into `.partial` files, looks at the finished image once more, and only then gives everything its name and
 * writes the manifest. When it fails, no file of it is left.
 */
export function writeExport(
  spec: WriteExport,
  startCopy: StartCopy,
  hooks: WriteHooks,
): Promise<Result<WrittenExport>> {
  return attempt(async () => {
    const files = await chooseFiles(
      spec.folder,
      new Date(spec.about.snapshot.takenAt),
      spec.base ? 'inc' : 'full',
      spec.format,
    );
    hooks.onFiles?.([files.partial('image'), files.partial('checksums'), files.partial('manifest')]);
    try {
      const uuid = randomUUID();
      const outcome = await copy(spec, files, uuid, startCopy, hooks);
      hooks.onVerifying();
      const fileBytes = await inspect(files.partial('image'), spec.format, outcome.sizeBytes);
      const manifest = manifestOf(spec, files, outcome, uuid, fileBytes);
      await files.publish(manifest);
      return { manifestPath: files.path('manifest'), manifest };
    } catch (error) {
      await files.discard();
      throw error;
    }
  });
}

async function copy(
  spec: WriteExport,
  files: ExportFiles,
  uuid: string,
  startCopy: StartCopy,
  hooks: WriteHooks,
): Promise<CopyOutcome> {
  const { base, format } = spec;
  const newest = base?.[0];
  const parent = newest && (await describeParent(newest.imagePath, { format: newest.manifest.image.format }));
  const running = startCopy(
    {
      source: spec.source,
      expectedSizeBytes: spec.sizeBytes,
      extents: spec.extents,
      target: {
        format,
        path: files.partial('image'),
        finalPath: files.path('image'),
        uuid,
        ...(parent ? { parent } : {}),
      },
      checksumsPath: files.partial('checksums'),
      ...(base && spec.skipUnchanged ? { skipEqualTo: chainImages(base) } : {}),
      ...(spec.limitBytesPerSecond === undefined ? {} : { limitBytesPerSecond: spec.limitBytesPerSecond }),
    },
    hooks,
  );
  hooks.onStarted(running);
  return unwrap(await running.done);
}

/** The image as it lies on disk: right size, sound structure. Returns the file's size. @throws FailureError */
async function inspect(path: string, format: ImageFormat, sizeBytes: number): Promise<number> {
  const image = await openImage(path, { format });
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
    checksums: {
      file: names.checksums,
      algorithm: 'xxh64',
      blockBytes: 65_536,
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
