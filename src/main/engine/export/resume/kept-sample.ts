import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import type { BlockHasher } from '../checksums/block-hash';
import type { EffectiveChecksums } from '../checksums/effective';
import type { ChecksumWriter } from '../checksums/writer';
import type { KnownBlock } from '../copy/source-sample';
import type { Proof } from './prove';

export interface KeptSampleParts {
  readonly sums: ChecksumWriter;
  readonly hash: BlockHasher;
  readonly sizeBytes: number;
  /** What the image does not hold is what the base has, where its checksums are at hand; `none` for a full: zeros. */
  readonly base: EffectiveChecksums | 'none' | undefined;
}

export type Samples = Pick<Proof, 'stored' | 'leftOut' | 'notWanted'>;

/** Some of the blocks that are kept, and what the source must still read as there. */
export function keptSample(
  { stored, leftOut, notWanted }: Samples,
  { sums, hash, sizeBytes, base }: KeptSampleParts,
): KnownBlock[] {
  const zeros = Buffer.alloc(CBT_BLOCK_SIZE);
  const sumWithout = (block: number): bigint | undefined => {
    const length = Math.min(CBT_BLOCK_SIZE, sizeBytes - block * CBT_BLOCK_SIZE);
    const sum = base === 'none' ? 0n : base?.sumOf(block, length);
    return sum === 0n ? hash(zeros, 0, length) : sum;
  };
  return [
    ...stored.numbers().map((block) => ({ block, sum: sums.get(block), isData: true })),
    ...[...leftOut.numbers(), ...notWanted.numbers()].flatMap((block) => {
      const sum = sumWithout(block);
      return sum === undefined ? [] : [{ block, sum, isData: false }];
    }),
  ];
}
