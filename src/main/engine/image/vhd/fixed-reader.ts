import { BlockBuffer } from '../../block-io/block-buffer';
import type { InputFile } from '../input-file';
import { mergeExtents } from '../merge-extents';
import type { ImageFault, StoredExtent } from '../types';
import type { VhdMetadata } from './metadata';
import type { VhdImage } from './types';

/** Reads a fixed VHD: the disk's bytes, then a footer. */
export class FixedVhdReader implements VhdImage {
  readonly format = 'vhd';
  readonly parentLink = undefined;

  constructor(
    private readonly file: InputFile,
    private readonly metadata: VhdMetadata,
  ) {}

  get path(): string {
    return this.file.path;
  }

  get sizeBytes(): number {
    return this.metadata.footer.sizeBytes;
  }

  get uuid(): string {
    return this.metadata.footer.uuid;
  }

  get timestamp(): number {
    return this.metadata.footer.timestamp;
  }

  async read(into: BlockBuffer, offset: number, length: number): Promise<void> {
    await this.file.readInto(into.memory, BlockBuffer.HEADROOM, length, offset);
    into.offset = offset;
    into.length = length;
  }

  stored(): AsyncIterable<StoredExtent> {
    return mergeExtents([{ offset: 0, length: this.sizeBytes, kind: 'data' }]);
  }

  check(): Promise<ImageFault[]> {
    return Promise.resolve([...this.metadata.faults]);
  }

  close(): Promise<void> {
    return this.file.close();
  }
}
