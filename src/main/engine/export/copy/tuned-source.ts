import type { BlockBuffer } from '../../block-io/block-buffer';
import type { BlockSource } from '../../block-io/types';
import type { Tuner } from './tuner';

/** Tells the tuner what is read. */
export class TunedSource implements BlockSource {
  readonly sizeBytes: number;

  constructor(
    private readonly source: BlockSource,
    private readonly tuner: Tuner,
  ) {
    this.sizeBytes = source.sizeBytes;
  }

  async read(into: BlockBuffer, offset: number, length: number): Promise<void> {
    await this.source.read(into, offset, length);
    this.tuner.got(length);
  }

  close(): Promise<void> {
    return this.source.close();
  }
}
