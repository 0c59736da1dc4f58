import { rm, stat } from 'node:fs/promises';
import { BlockBitmap } from '../../../../shared/blocks/bitmap';
import { blockCount } from '../../../../shared/blocks/extent';
import { FailureError } from '../../../../shared/model/failure';
import type { BlockSink } from '../../block-io/types';
import { mapFileError } from '../../image/file-failures';
import { resumeImage } from '../../image/index';
import { writeModeFor } from '../copy/write-mode';
import type { ResumedSink } from '../../image/types';
import type { BlockHasher } from '../checksums/block-hash';
import { EffectiveChecksums } from '../checksums/effective';
import { ChecksumWriter } from '../checksums/writer';
import type { CopyCounters } from '../copy/counters';
import { openChecksums } from '../copy/open-chain';
import type { CopyRequest, ResumeSpec } from '../copy/request';
import type { KnownBlock } from '../copy/source-sample';
import { keptSample } from './kept-sample';
import { prove, type Proof } from './prove';

export interface ContinuedFiles extends Pick<Proof, 'missing' | 'damaged'> {
  /** Of what is kept: the source must still have it. */
  readonly sample: readonly KnownBlock[];
  readonly sink: BlockSink;
  readonly checksums: ChecksumWriter;
}

export interface ContinueParts {
  readonly hash: BlockHasher;
  readonly counters: CopyCounters;
  readonly log: (level: 'info' | 'warn', text: string) => void;
}

/**
 * Opens the unfinished files of an earlier attempt and proves what they hold. Undefined when there is nothing to go on
 * with; then the files are gone and the copy begins anew.
 * @throws FailureError when the target cannot be read or written.
 */
export async function continueFiles(
  request: CopyRequest,
  resume: ResumeSpec,
  sizeBytes: number,
  parts: ContinueParts,
  signal: AbortSignal,
): Promise<ContinuedFiles | undefined> {
  const { target, checksumsPath } = request;
  if (checksumsPath === undefined) return undefined;
  const there = (await exists(target.path)) && (await exists(checksumsPath));
  if (there) {
    // Without a comparison with the base, only an image that holds its data has any of it.
    const needsBase = target.parent && (target.format === 'raw' || request.skipEqualTo);
    const base = needsBase ? new EffectiveChecksums(await openChecksums(resume.base!)) : undefined;
    try {
      return await open(request, checksumsPath, resume.checkpoint, base, sizeBytes, parts, signal);
    } catch (error) {
      const unusable = error instanceof FailureError && UNUSABLE.has(error.failure.code);
      if (!unusable) throw error;
      parts.log('warn', `${error.failure.message} ${error.failure.nextStep}`);
    } finally {
      await base?.close();
    }
  }
  for (const path of [target.path, checksumsPath])
    await rm(path, { force: true }).catch((error: unknown) => {
      throw mapFileError(error, path);
    });
  return undefined;
}

const UNUSABLE = new Set(['unfinished-unusable', 'checksums-damaged', 'checksums-too-new']);

async function open(
  request: CopyRequest,
  checksumsPath: string,
  checkpoint: ResumeSpec['checkpoint'],
  base: EffectiveChecksums | undefined,
  sizeBytes: number,
  { hash, counters, log }: ContinueParts,
  signal: AbortSignal,
): Promise<ContinuedFiles> {
  const { format, parent } = request.target;
  const sums = ChecksumWriter.resume(checksumsPath, sizeBytes, request.target.uuid);
  let sink: ResumedSink | undefined;
  try {
    const writes = writeModeFor(request.source);
    sink = await resumeImage(format, { ...request.target, sizeBytes, writes });
    if (sink.knowsHoles === false)
      log('info', 'Where the unfinished image has holes cannot be told here: all of it is read back.');
    const trustedBelow = trusted(sums, checkpoint, log);
    if (!parent) forgetBehind(sink, sums, trustedBelow, sizeBytes);
    const wanted =
      request.extents.kind === 'changed' ? new BlockBitmap(request.extents.bitmap, sizeBytes) : undefined;
    const increment = parent !== undefined;
    const held = format === 'raw' ? base : undefined;
    const { missing, damaged, ...samples } = await prove(
      { sink, sums, hash, sizeBytes, wanted, trustedBelow, increment, base: held, counters },
      signal,
    );
    const sample = keptSample(samples, { sums, hash, sizeBytes, base: increment ? base : 'none' });
    const damagedBytes = damaged.changedBytes();
    log('info', `${counters.get('readBytes')} bytes are there already and were proved by their checksums.`);
    if (damagedBytes > 0)
      log(
        'warn',
        `${damagedBytes} bytes of the unfinished image were not what was written; they are read again.`,
      );
    return { sink, checksums: sums, sample, missing, damaged };
  } catch (error) {
    sums.abort();
    await sink?.abort();
    throw error;
  }
}

/** How far blocks without a checksum are known to have been left out on purpose. */
function trusted(
  sums: ChecksumWriter,
  checkpoint: ResumeSpec['checkpoint'],
  log: ContinueParts['log'],
): number {
  if (checkpoint?.sums === undefined) return 0;
  if (sums.rootBelow(blockCount(checkpoint.offset)) === checkpoint.sums) return checkpoint.offset;
  log('warn', 'The checksums are not those of the last checkpoint: blocks without one are read again.');
  return 0;
}

/** Behind the last block that can count there is nothing to keep, so it need not be read. */
function forgetBehind(
  sink: ResumedSink,
  sums: ChecksumWriter,
  trustedBelow: number,
  sizeBytes: number,
): void {
  if (!sink.forget) return;
  sink.forget(Math.min(sizeBytes, Math.max(trustedBelow, sums.endOfTouched())));
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw mapFileError(error, path, 'read');
  }
}
