import { BlockBuffer } from '../../block-io/block-buffer';
import { demandDiskSize } from '../image-size';
import { InputFile } from '../input-file';
import { mergeExtents } from '../merge-extents';
import type { ImageFault, ImageReader, StoredExtent } from '../types';

/** A raw image: the file is the disk. */
class RawReader implements ImageReader {
  readonly format = 'raw';
  readonly parentLink = undefined;
  readonly uuid = undefined;

  constructor(private readonly file: InputFile) {}

  get path(): string {
    return this.file.path;
  }

  get sizeBytes(): number {
    return this.file.sizeBytes;
  }

  async read(into: BlockBuffer, offset: number, length: number): Promise<void> {
    await this.file.readInto(into.memory, BlockBuffer.HEADROOM, length, offset);
    into.offset = offset;
    into.length = length;
  }

  /** The whole disk: a raw file answers for everything, holes included. */
  stored(): AsyncIterable<StoredExtent> {
    return mergeExtents([{ offset: 0, length: this.sizeBytes, kind: 'data' }]);
  }

  /** A raw file has no structure that could be damaged. */
  check(): Promise<ImageFault[]> {
    return Promise.resolve([]);
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

/** @throws FailureError when the file is missing or not readable. */
export async function openRaw(path: string): Promise<ImageReader> {
  const file = await InputFile.open(path);
  try {
    demandDiskSize(path, file.sizeBytes);
    return new RawReader(file);
  } catch (error) {
    await file.close();
    throw error;
  }
}
