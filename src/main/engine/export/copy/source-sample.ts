import { EvenSample } from './even-sample';

/** What a block of a source was read as. */
export interface KnownBlock {
  readonly block: number;
  readonly sum: bigint;
  /** False for zeros, and for what was left out of the image because the base has it. */
  readonly isData: boolean;
}

/**
 * Some of the blocks that were read from a source, and their checksums, in memory: the source can be asked for them again
 * whatever the image keeps. Those without data are a sample of their own, because most of a disk may be empty.
 */
export class SourceSample {
  readonly #data = new EvenSample();
  readonly #others = new EvenSample(EvenSample.MOST / 2);
  /** Also of some that are not among them any more. */
  readonly #sums = new Map<number, bigint>();

  /** @param sum called when the block is taken. */
  add(block: number, isData: boolean, sum: () => bigint): void {
    if ((isData ? this.#data : this.#others).add(block)) this.#sums.set(block, sum());
  }

  blocks(): KnownBlock[] {
    return [...this.#known(this.#data, true), ...this.#known(this.#others, false)];
  }

  /** The last one of all has a checksum only where it was taken. */
  #known(sample: EvenSample, isData: boolean): KnownBlock[] {
    return sample.numbers().flatMap((block) => {
      const sum = this.#sums.get(block);
      return sum === undefined ? [] : [{ block, sum, isData }];
    });
  }
}
