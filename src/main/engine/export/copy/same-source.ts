import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import { fail } from '../../../../shared/model/failure';
import { BlockBuffer } from '../../block-io/block-buffer';
import type { BlockSource } from '../../block-io/types';
import { nbdFailures } from '../../nbd/failures';
import type { BlockHasher } from '../checksums/block-hash';
import { cancelled } from './copy';
import type { Pace } from './pace';
import { SourceSample, type KnownBlock } from './source-sample';

export interface SameSourceParts {
  readonly source: BlockSource;
  /** How many connections to the source have been lost so far. */
  readonly losses: () => number;
  readonly hash: BlockHasher;
  readonly pace: Pace;
  readonly log: (level: 'info', text: string) => void;
}

/** A connection that is lost each time before the sample has been read will not carry a disk either. */
const MOST_ROUNDS = 10;

/**
 * Sees that all of a copy is of one state of its source. While a connection holds a snapshot, a pool lets nobody write to
 * it; once one was lost, somebody may have. A sample of what was read before is then read once more, before anything that
 * was read since is stored. Whether another connection held on all the time is not asked: one may be dead unnoticed.
 */
export class SameSource {
  /** Of what has been stored. */
  readonly sample = new SourceSample();
  /** Losses after which the source was found to be the same. */
  #proved = 0;
  #proving: Promise<void> | undefined;

  constructor(private readonly parts: SameSourceParts) {}

  /**
   * What an earlier run left was proved by its own checksums, which say nothing about the source.
   * @throws FailureError `snapshot-changed`; nothing of what was kept was written over.
   */
  async demandKept(kept: readonly KnownBlock[], signal: AbortSignal): Promise<void> {
    await this.#demand(kept, signal);
    if (signal.aborted) throw cancelled();
    for (const { block, sum, isData } of kept) this.sample.add(block, isData, () => sum);
  }

  /**
   * To be awaited between reading and storing; undefined when no connection was lost since the last time. When it was
   * aborted nothing is proved.
   * @throws FailureError `snapshot-changed`; `nbd-closed-mid-read` when it cannot be found out
   */
  demandSame(signal: AbortSignal): Promise<void> | undefined {
    if (!this.#proving && this.parts.losses() !== this.#proved)
      this.#proving = this.#prove(signal).finally(() => (this.#proving = undefined));
    return this.#proving;
  }

  async #prove(signal: AbortSignal): Promise<void> {
    for (let round = 0; this.parts.losses() !== this.#proved && !signal.aborted; round++) {
      if (round === MOST_ROUNDS)
        fail(nbdFailures.closedMidRead(`${round} times before a sample of the disk had been read again`));
      const losses = this.parts.losses();
      await this.#demand(this.sample.blocks(), signal);
      if (!signal.aborted) this.#proved = losses;
    }
  }

  async #demand(blocks: readonly KnownBlock[], signal: AbortSignal): Promise<void> {
    const { source, hash, pace, log } = this.parts;
    const buffer = new BlockBuffer(CBT_BLOCK_SIZE);
    for (const { block, sum } of blocks) {
      const offset = block * CBT_BLOCK_SIZE;
      const length = Math.min(CBT_BLOCK_SIZE, source.sizeBytes - offset);
      await pace.pass(length, signal);
      if (signal.aborted) return;
      await source.read(buffer, offset, length);
      if (hash(buffer.memory, BlockBuffer.HEADROOM, length) !== sum) changed(offset);
    }
    if (blocks.length > 0)
      log('info', `${blocks.length} of the blocks that are there already were read again and are the same.`);
  }
}

function changed(offset: number): never {
  fail({
    code: 'snapshot-changed',
    message:
      'The disk reads otherwise than when it was copied: it was written to meanwhile, and what is there already is of before.',
    nextStep: 'Begin anew, of a snapshot that nobody writes to.',
    details: `at ${offset}`,
  });
}
