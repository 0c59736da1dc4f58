import { createHash } from 'node:crypto';
import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { largeBytes } from '../../../shared/blocks/large-bytes';
import { copyProgressSchema, type CopyProgress } from '../../../shared/model/job';
import { mapHomeError } from './home-failures';
import { ReleasedLocks } from './released-locks';

/** Says which copy a checkpoint is of, so that it is never taken for another's. */
const checkpointSchema = z.object({
  version: z.literal(1),
  snapshotUuid: z.string(),
  sizeBytes: z.number().nonnegative(),
  image: z.string(),
  offset: z.number().int().nonnegative(),
  sums: z.string().regex(/^[0-9a-f]{64}$/),
  /** Only to be shown; nothing rests on it. */
  progress: copyProgressSchema.optional().catch(undefined),
});
export type StoredCheckpoint = z.infer<typeof checkpointSchema>;

/** Blocks of 16 TiB, one bit each, and some room. */
const MOST_BYTES = 64 * 1024 * 1024;

/** A file that cannot be used was renamed to `*.damaged`. */
export type Found<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'none' }
  | { readonly kind: 'damaged'; readonly setAside: string };

/** What a job keeps beside its journal: per disk the blocks to read and the last checkpoint; locks given back. */
export class JobFiles {
  constructor(
    private readonly folder: string,
    private readonly jobId: string,
  ) {}

  get releasedLocks(): ReleasedLocks {
    return new ReleasedLocks(join(this.folder, `${this.jobId}.released`));
  }

  /** Durable when it returns; replaces the one before as a whole. */
  writeCheckpoint(diskUuid: string, checkpoint: StoredCheckpoint): void {
    const text = JSON.stringify(checkpoint);
    replace(this.#path(diskUuid, 'checkpoint'), Buffer.from(`${sha256(Buffer.from(text))}\n${text}`));
  }

  readCheckpoint(diskUuid: string): Found<StoredCheckpoint> {
    return find(this.#path(diskUuid, 'checkpoint'), parseCheckpoint, readBuffer);
  }

  /** How far a copy had got at its last checkpoint. Whoever goes on with it hears when that cannot be read. */
  progressOf(diskUuid: string): CopyProgress | undefined {
    try {
      const found = read(this.#path(diskUuid, 'checkpoint'), parseCheckpoint, readBuffer);
      return found.kind === 'found' ? found.value.progress : undefined;
    } catch {
      return undefined;
    }
  }

  /** Returns the SHA-256 by which the list is asked for again. */
  writeBlocks(diskUuid: string, bitmap: Uint8Array): string {
    replace(this.#path(diskUuid, 'blocks'), bitmap);
    return sha256(bitmap);
  }

  /** In memory of its own, which can be handed over to another thread. */
  readBlocks(diskUuid: string, expectedSha256: string): Found<Uint8Array> {
    const parse = (bytes: Uint8Array) => (sha256(bytes) === expectedSha256 ? bytes : undefined);
    return find(this.#path(diskUuid, 'blocks'), parse, readOwn);
  }

  /** Removes all of them. */
  async remove(): Promise<void> {
    const ours = (await readdir(this.folder)).filter(
      (name) =>
        name.startsWith(`${this.jobId}.`) && /\.((checkpoint|blocks)(\.new|\.damaged)?|released)$/.test(name),
    );
    for (const name of ours) await rm(join(this.folder, name), { force: true });
  }

  #path(diskUuid: string, what: 'checkpoint' | 'blocks'): string {
    return join(this.folder, `${this.jobId}.${encodeURIComponent(diskUuid)}.${what}`);
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** @throws FailureError `journal-not-written` */
function replace(path: string, bytes: Uint8Array): void {
  const fresh = `${path}.new`;
  try {
    const fd = openSync(fresh, 'w', 0o600);
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
      fdatasyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw mapHomeError(error, path);
  }
}

/** Its digest comes first: with another offset, blocks that were never read would count as left out on purpose. */
function parseCheckpoint(bytes: Buffer): StoredCheckpoint | undefined {
  const end = bytes.indexOf('\n');
  const text = bytes.subarray(end + 1);
  if (bytes.toString('latin1', 0, Math.max(end, 0)) !== sha256(text)) return undefined;
  const parsed = checkpointSchema.safeParse(JSON.parse(text.toString('utf8')));
  return parsed.success ? parsed.data : undefined;
}

const readBuffer = (path: string): Buffer => readFileSync(path);

function readOwn(path: string): Uint8Array {
  const fd = openSync(path, 'r');
  try {
    const bytes = largeBytes(fstatSync(fd).size);
    for (let at = 0, found = -1; found !== 0; at += found)
      found = readSync(fd, bytes, at, bytes.length - at, null);
    return bytes;
  } finally {
    closeSync(fd);
  }
}

function find<T, Bytes extends Uint8Array>(
  path: string,
  parse: (bytes: Bytes) => T | undefined,
  load: (path: string) => Bytes,
): Found<T> {
  const found = read(path, parse, load);
  if (found.kind !== 'damaged') return found;
  const setAside = `${path}.damaged`;
  renameSync(path, setAside);
  return { kind: 'damaged', setAside };
}

function read<T, Bytes extends Uint8Array>(
  path: string,
  parse: (bytes: Bytes) => T | undefined,
  load: (path: string) => Bytes,
): Exclude<Found<T>, { kind: 'damaged' }> | { readonly kind: 'damaged' } {
  try {
    const value = statSync(path).size <= MOST_BYTES ? parse(load(path)) : undefined;
    return value === undefined ? { kind: 'damaged' } : { kind: 'found', value };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'none' };
    if (!(error instanceof SyntaxError)) throw error;
    return { kind: 'damaged' };
  }
}
