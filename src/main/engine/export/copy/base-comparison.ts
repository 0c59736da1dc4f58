import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import { BlockBuffer } from '../../block-io/block-buffer';
import type { BlockSource } from '../../block-io/types';
import type { ChecksumReader } from '../checksums/reader';

/**
 * Tells whether a changed block still holds what the base holds. The base's checksum dismisses nearly every block
 * without a read; where it agrees, the bytes are compared, because two blocks can be made to share a 64-bit sum.
 */
export class BaseComparison {
  readonly #base: BlockSource;
  readonly #sums: readonly ChecksumReader[];

  /** @param sums checksum files of the base's chain, newest first. */
  constructor(base: BlockSource, sums: readonly ChecksumReader[]) {
    this.#base = base;
    this.#sums = sums;
  }

  /** Whether a comparison is worth a read of the base. */
  mayEqual(block: number, sum: bigint, zero: boolean): boolean {
    if (block * CBT_BLOCK_SIZE >= this.#base.sizeBytes) return zero;
    for (const sums of this.#sums) {
      const stored = sums.get(block);
      if (stored !== 0n) return stored === sum;
    }
    return zero;
  }

  /** Whether `buffer[at, at + length)` is what the base reads there. `scratch` holds at least one block. */
  async equals(buffer: BlockBuffer, at: number, length: number, scratch: BlockBuffer): Promise<boolean> {
    const offset = buffer.offset + at;
    if (offset >= this.#base.sizeBytes) return true; // past the base's end it reads as zeros, and so does the block
    if (offset + length > this.#base.sizeBytes) return false;
    await this.#base.read(scratch, offset, length);
    const start = BlockBuffer.HEADROOM;
    return (
      buffer.memory.compare(scratch.memory, start, start + length, start + at, start + at + length) === 0
    );
  }
}
