import type { Extent } from '../../../../shared/blocks/extent';
import { fail } from '../../../../shared/model/failure';
import type { BlockBuffer } from '../../block-io/block-buffer';
import type { BlockSource } from '../../block-io/types';

/** A range of a disk as a disk of its own. */
export class PartOfSource implements BlockSource {
  readonly sizeBytes: number;

  /** @throws FailureError `range-beyond-disk` */
  constructor(
    private readonly whole: BlockSource,
    private readonly part: Extent,
  ) {
    this.sizeBytes = part.length;
    const end = part.offset + part.length;
    if (end <= whole.sizeBytes) return;
    fail({
      code: 'range-beyond-disk',
      message: `The range ends at byte ${end}, the disk at ${whole.sizeBytes}.`,
      nextStep: 'Select a range that lies on the disk of this snapshot.',
    });
  }

  async read(into: BlockBuffer, offset: number, length: number): Promise<void> {
    await this.whole.read(into, this.part.offset + offset, length);
    into.offset = offset;
  }

  close(): Promise<void> {
    return this.whole.close();
  }
}
