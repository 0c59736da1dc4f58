import { fail } from '../../../../shared/model/failure';
import { BlockBitmap } from '../../../../shared/blocks/bitmap';
import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import type { KnownFile } from '../../block-io/known-file';
import type { BlockSink } from '../../block-io/types';
import { RangeClearer } from '../clear-range';
import { requireDiskSize } from '../image-size';
import { OutputFile } from '../output-file';
import type { CreateImageOptions, Held, ResumedSink } from '../types';
import { copyBase } from './copy-base';
import { dataExtents } from './data-extents';

/** Writes a raw image in place. An increment is a copy of its base with the changed ranges written over it. */
class RawWriter implements ResumedSink {
  bytesStored = 0;
  private readonly clearer: RangeClearer;

  constructor(
    private readonly file: OutputFile,
    private readonly sizeBytes: number,
    private readonly increment: boolean,
    /** Blocks of the file that may be anything but a hole; undefined: all of them. */
    private data?: BlockBitmap,
  ) {
    this.clearer = new RangeClearer(file);
  }

  write(offset: number, memory: Buffer, start: number, length: number): Promise<void> | undefined {
    this.bytesStored += length;
    this.data = undefined; // no longer true
    return this.file.write(memory, start, length, offset);
  }

  zero(offset: number, length: number): undefined {
    if (this.increment) this.clearer.clear(offset, length);
  }

  /** A raw image has no tables: every byte is its own. */
  holds(): Held {
    return 'all';
  }

  get knowsHoles(): boolean {
    return this.data !== undefined;
  }

  isHole(offset: number, length: number): boolean {
    if (!this.data) return false;
    const [first, end] = [offset / CBT_BLOCK_SIZE, (offset + length) / CBT_BLOCK_SIZE];
    return this.data.runs(Math.floor(first), Math.ceil(end)).next().done === true;
  }

  readBack(offset: number, memory: Buffer, start: number, length: number): void {
    this.file.readNow(memory, start, length, offset);
  }

  /** Not in an increment, where the rest is the base's. */
  forget(from: number): void {
    if (this.increment) return;
    this.file.truncateNow(Math.min(from, this.sizeBytes));
    this.file.truncateNow(this.sizeBytes);
  }

  async sync(): Promise<void> {
    await this.file.sync();
  }

  async finish(): Promise<KnownFile> {
    return this.file.finish();
  }

  abort(): Promise<void> {
    return this.file.close();
  }
}

/**
 * A new raw image at `options.path`. With a parent (raw as well) it starts as a copy of it, grown to the new size.
 * @throws FailureError when the target cannot be written or the parent is not raw.
 */
export async function createRaw(options: CreateImageOptions): Promise<BlockSink> {
  const { path, sizeBytes, parent, writes = 'auto' } = options;
  requireDiskSize(sizeBytes, 1, 'raw');
  if (parent !== undefined && parent.format !== 'raw') {
    fail({
      code: 'image-parent-mismatch',
      message: `A raw increment needs a raw base, but "${parent.path}" is ${parent.format}.`,
      nextStep: `Export in the format of the base (${parent.format}), or make a full export.`,
    });
  }
  const file =
    parent === undefined ? await OutputFile.create(path, writes) : await copyBase(parent.path, path, writes);
  try {
    await file.truncate(sizeBytes);
  } catch (error) {
    await file.discard();
    throw error;
  }
  return new RawWriter(file, sizeBytes, parent !== undefined);
}

/**
 * Goes on with an unfinished raw image, whatever its length. Its holes need no look where the file system tells of them:
 * what there is to read is then the data, not the disk.
 * @throws FailureError when it cannot be opened.
 */
export async function resumeRaw({
  path,
  sizeBytes,
  parent,
  writes = 'auto',
}: CreateImageOptions): Promise<ResumedSink> {
  const file = await OutputFile.reopen(path, writes);
  try {
    file.truncateNow(sizeBytes);
    const data = await blocksWithData(path, sizeBytes);
    return new RawWriter(file, sizeBytes, parent !== undefined, data);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function blocksWithData(path: string, sizeBytes: number): Promise<BlockBitmap | undefined> {
  const extents = await dataExtents(path);
  if (!extents) return undefined;
  const data = BlockBitmap.empty(sizeBytes);
  for (const extent of extents) data.mark(extent);
  return data;
}
