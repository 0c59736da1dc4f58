import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import { isZero } from '../../block-io/zeros';
import type { BlockHasher } from './block-hash';
import type { ChecksumReader } from './reader';

/** What a block of a chain must contain, by the checksums of its images. */
export class EffectiveChecksums {
  readonly #readers: readonly ChecksumReader[];

  /** @param readers one per image, newest first. */
  constructor(readers: readonly ChecksumReader[]) {
    this.#readers = readers;
  }

  /** Whether `memory[start, start + length)` is what the chain says that `block` contains. */
  matches(block: number, hash: BlockHasher, memory: Buffer, start: number, length: number): boolean {
    for (const reader of this.#readers) {
      const sum = reader.get(block);
      if (sum === 0n) continue;
      // The disk may have grown since: its then last, short block reads as zeros beyond its end.
      const then = Math.min(CBT_BLOCK_SIZE, reader.sizeBytes - block * CBT_BLOCK_SIZE, length);
      return hash(memory, start, then) === sum && isZero(memory, start + then, length - then);
    }
    return isZero(memory, start, length);
  }

  /**
   * The checksum of `length` bytes of `block`; 0n: they are zeros. Undefined where only that of fewer bytes is known,
   * because the disk has grown since.
   */
  sumOf(block: number, length: number): bigint | undefined {
    for (const reader of this.#readers) {
      const sum = reader.get(block);
      if (sum !== 0n) return reader.sizeBytes - block * CBT_BLOCK_SIZE >= length ? sum : undefined;
    }
    return 0n;
  }

  /** Whether any block from `first` to before `end` has a checksum in any of the images. */
  hasAny(first: number, end: number): boolean {
    return this.#readers.some((reader) => reader.hasAny(first, end));
  }

  /** Blocks that have a checksum in any of the images, in no order; some come twice. */
  async *blocks(): AsyncGenerator<{ block: number }> {
    for (const reader of this.#readers) yield* reader.blocks();
  }

  async close(): Promise<void> {
    for (const reader of this.#readers) await reader.close();
  }
}
