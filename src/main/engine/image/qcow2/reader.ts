import { BlockBuffer } from '../../block-io/block-buffer';
import type { BlockSource } from '../../block-io/types';
import { InputFile } from '../input-file';
import { mergeExtents } from '../merge-extents';
import type { ImageFault, ImageReader, ParentLink, StoredExtent } from '../types';
import { BoundedCache } from './bounded-cache';
import { checkImage } from './check';
import { ClusterMap } from './cluster-map';
import { readCompressed } from './compressed';
import { parentNeeded } from './failures';
import { type Qcow2Header, readHeader } from './parse-header';
import type { Segment } from './segments';

const UNPACKED_BYTES = 4 * 1024 * 1024;

class Qcow2Reader implements ImageReader {
  readonly format = 'qcow2';
  readonly uuid = undefined;
  readonly path: string;
  readonly sizeBytes: number;
  readonly parentLink: ParentLink | undefined;
  private readonly unpacked: BoundedCache<Buffer>;
  /** Spare buffers for parts that come from the parent. */
  private readonly spare: BlockBuffer[] = [];

  constructor(
    private readonly file: InputFile,
    private readonly header: Qcow2Header,
    private readonly map: ClusterMap,
    private readonly parent: BlockSource | undefined,
  ) {
    this.path = file.path;
    this.sizeBytes = header.sizeBytes;
    this.parentLink = header.backing && { ...header.backing, uuid: undefined };
    this.unpacked = new BoundedCache(Math.max(1, UNPACKED_BYTES / header.geometry.clusterSize));
  }

  async read(into: BlockBuffer, offset: number, length: number): Promise<void> {
    if (offset < 0 || length < 0 || offset + length > this.sizeBytes || length > into.capacity) {
      throw new RangeError(`qcow2: cannot read ${offset}+${length} of ${this.sizeBytes} bytes`);
    }
    for await (const segment of this.map.segments(offset, length)) {
      const at = BlockBuffer.HEADROOM + segment.offset - offset;
      if (segment.kind === 'hole' && segment.length === length) await this.readParent(into, offset, length);
      else await this.fill(into.memory, at, segment);
    }
    into.offset = offset;
    into.length = length;
  }

  stored(): AsyncIterable<StoredExtent> {
    return mergeExtents(this.ownExtents());
  }

  check(): Promise<ImageFault[]> {
    return checkImage(this.file, this.header);
  }

  close(): Promise<void> {
    return this.file.close();
  }

  private async *ownExtents(): AsyncGenerator<StoredExtent> {
    for await (const { kind, offset, length } of this.map.segments(0, this.sizeBytes)) {
      if (kind !== 'hole') yield { offset, length, kind: kind === 'zero' ? 'zero' : 'data' };
    }
  }

  private async fill(memory: Buffer, at: number, segment: Segment): Promise<void> {
    const { offset, length } = segment;
    switch (segment.kind) {
      case 'zero':
        memory.fill(0, at, at + length);
        return;
      case 'data':
        return this.file.readInto(memory, at, length, segment.fileOffset);
      case 'compressed': {
        const { clusterSize } = this.header.geometry;
        const cluster = await this.unpacked.get(segment.fileOffset, () =>
          readCompressed(this.file, segment.fileOffset, segment.fileLength, clusterSize),
        );
        cluster.copy(memory, at, offset % clusterSize, (offset % clusterSize) + length);
        return;
      }
      case 'hole': {
        const buffer = this.takeSpare(length);
        await this.readParent(buffer, offset, length);
        buffer.memory.copy(memory, at, BlockBuffer.HEADROOM, BlockBuffer.HEADROOM + length);
        if (this.spare.length < 4) this.spare.push(buffer);
      }
    }
  }

  /** What the parent says; zeros where it is shorter than this disk, and without a parent. */
  private async readParent(into: BlockBuffer, offset: number, length: number): Promise<void> {
    let known = 0;
    if (this.parent) {
      known = Math.max(0, Math.min(length, this.parent.sizeBytes - offset));
      if (known > 0) await this.parent.read(into, offset, known);
    } else if (this.header.backing) {
      throw parentNeeded(this.path, this.header.backing.path);
    }
    into.memory.fill(0, BlockBuffer.HEADROOM + known, BlockBuffer.HEADROOM + length);
  }

  private takeSpare(length: number): BlockBuffer {
    const index = this.spare.findIndex((buffer) => buffer.capacity >= length);
    return index < 0 ? new BlockBuffer(length) : this.spare.splice(index, 1)[0];
  }
}

/**
 * Opens a qcow2 image, version 2 or 3. `parent` answers for what the image does not store and stays the caller's to
 * close; without it, reading such a range of an image with a backing file fails.
 * @throws FailureError when the file cannot be read, is damaged, or uses encryption, an external data file, extended
 * L2 entries, zstd or an unknown incompatible feature.
 */
export async function openQcow2(path: string, options: { parent?: BlockSource } = {}): Promise<ImageReader> {
  const file = await InputFile.open(path);
  try {
    const header = await readHeader(file);
    return new Qcow2Reader(file, header, await ClusterMap.open(file, header), options.parent);
  } catch (error) {
    await file.close();
    throw error;
  }
}
