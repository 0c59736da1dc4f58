import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { isZero } from '../../block-io/zeros';
import { mapFileError } from '../file-failures';
import { InputFile } from '../input-file';
import { OutputFile } from '../output-file';
import type { WriteMode } from '../types';

const COPY_BYTES = 1024 * 1024;
/** Granularity of holes; the block size of the usual file systems. */
const PAGE_BYTES = 4096;

/**
 * Copies the base of a raw increment to a new file and opens the copy for writing. Shares the data (reflink) where the
 * file system can, else copies and keeps holes.
 */
export async function copyBase(from: string, to: string, mode: WriteMode): Promise<OutputFile> {
  if (await reflink(from, to)) return reopenCopy(to, mode);
  const source = await InputFile.open(from);
  try {
    const target = await OutputFile.create(to, mode);
    try {
      if (!(await copyByTool(from, to))) await copySparse(source, target);
      return target;
    } catch (error) {
      await target.discard();
      throw error;
    }
  } finally {
    await source.close();
  }
}

async function reopenCopy(path: string, mode: WriteMode): Promise<OutputFile> {
  try {
    return await OutputFile.reopen(path, mode);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

/** What a file system answers that cannot share data between files, or not between these two. */
const NO_REFLINK = new Set(['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'EINVAL', 'ENOTTY']);

async function reflink(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (NO_REFLINK.has(code)) return false;
    throw mapFileError(error, code === 'ENOENT' ? from : to, code === 'ENOENT' ? 'read' : 'write');
  }
}

/**
 * Node cannot ask a file system where the holes are, and reading them takes hours for a disk of 2 TiB; GNU cp asks
 * (SEEK_HOLE). False where there is no such tool or it fails: the copy by reading then meets the same error and names it.
 */
async function copyByTool(from: string, to: string): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  try {
    await promisify(execFile)('cp', ['--sparse=auto', '--reflink=auto', '--', from, to]);
    return true;
  } catch {
    return false;
  }
}

/** Copies what is not zero. Exported for systems, and tests, without the tool. */
export async function copySparse(source: InputFile, target: OutputFile): Promise<void> {
  const memory = Buffer.allocUnsafeSlow(COPY_BYTES);
  await target.truncate(0);
  await target.truncate(source.sizeBytes);
  for (let offset = 0; offset < source.sizeBytes; offset += COPY_BYTES) {
    const length = Math.min(COPY_BYTES, source.sizeBytes - offset);
    await source.readInto(memory, 0, length, offset);
    for (const [start, end] of dataRuns(memory, length)) {
      await target.write(memory, start, end - start, offset + start);
    }
  }
}

/** Runs of pages that hold anything but zeros. */
function* dataRuns(memory: Buffer, length: number): Generator<[start: number, end: number]> {
  if (isZero(memory, 0, length)) return;
  let start = -1;
  for (let at = 0; at < length; at += PAGE_BYTES) {
    const zero = isZero(memory, at, Math.min(PAGE_BYTES, length - at));
    if (zero && start >= 0) yield [start, at];
    if (zero) start = -1;
    else if (start < 0) start = at;
  }
  if (start >= 0) yield [start, length];
}
