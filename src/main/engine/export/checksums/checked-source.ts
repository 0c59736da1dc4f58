import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import { fail } from '../../../../shared/model/failure';
import { BlockBuffer } from '../../block-io/block-buffer';
import type { BlockSource } from '../../block-io/types';
import type { BlockHasher } from './block-hash';
import type { EffectiveChecksums } from './effective';

/**
 * A chain whose every block is compared with its checksum when it is read, so that damage is never passed on.
 * Reads that are not on block boundaries are widened. Fails with `image-block-damaged`.
 */
export class CheckedSource implements BlockSource {
  readonly sizeBytes: number;

  /** @param path the newest image, for messages. */
  constructor(
    private readonly chain: BlockSource,
    private readonly sums: EffectiveChecksums,
    private readonly hash: BlockHasher,
    private readonly path: string,
  ) {
    this.sizeBytes = chain.sizeBytes;
  }

  async read(into: BlockBuffer, offset: number, length: number): Promise<void> {
    const start = Math.floor(offset / CBT_BLOCK_SIZE) * CBT_BLOCK_SIZE;
    const end = Math.min(Math.ceil((offset + length) / CBT_BLOCK_SIZE) * CBT_BLOCK_SIZE, this.sizeBytes);
    if (start === offset && end === offset + length) return this.#readBlocks(into, start, length);
    const wide = new BlockBuffer(end - start);
    await this.#readBlocks(wide, start, end - start);
    const from = BlockBuffer.HEADROOM + offset - start;
    wide.memory.copy(into.memory, BlockBuffer.HEADROOM, from, from + length);
    into.offset = offset;
    into.length = length;
  }

  async close(): Promise<void> {
    await this.chain.close();
    await this.sums.close();
  }

  async #readBlocks(into: BlockBuffer, offset: number, length: number): Promise<void> {
    await this.chain.read(into, offset, length);
    for (let at = 0; at < length; at += CBT_BLOCK_SIZE) {
      const block = (offset + at) / CBT_BLOCK_SIZE;
      const part = Math.min(CBT_BLOCK_SIZE, length - at);
      if (this.sums.matches(block, this.hash, into.memory, BlockBuffer.HEADROOM + at, part)) continue;
      fail({
        code: 'image-block-damaged',
        message: `The block at disk offset ${offset + at} of ${this.path} (or of an image that it builds on) differs from its checksum.`,
        nextStep: 'Run "deltascope verify --chain" to see which file is damaged, and restore that file.',
      });
    }
  }
}
