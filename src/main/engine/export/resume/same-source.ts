import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import { fail } from '../../../../shared/model/failure';
import { BlockBuffer } from '../../block-io/block-buffer';
import type { BlockSource } from '../../block-io/types';
import type { BlockHasher } from '../checksums/block-hash';
import { cancelled } from '../copy/copy';
import type { Pace } from '../copy/pace';
import type { ContinuedFiles } from './continue-files';

export interface SameSourceParts {
  readonly hash: BlockHasher;
  readonly pace: Pace;
  readonly log: (level: 'info', text: string) => void;
}

/**
 * What was kept was proved by its own checksums, which say nothing about the source: a snapshot that somebody attached
 * and wrote to meanwhile would be mixed with what it was before. A sample of what was kept is read from it once more.
 * @throws FailureError `snapshot-changed`; nothing of what was kept was written over.
 */
export async function demandSameSource(
  { sample, checksums }: Pick<ContinuedFiles, 'sample' | 'checksums'>,
  source: BlockSource,
  { hash, pace, log }: SameSourceParts,
  signal: AbortSignal,
): Promise<void> {
  const blocks = sample.numbers();
  const buffer = new BlockBuffer(CBT_BLOCK_SIZE);
  for (const block of blocks) {
    const offset = block * CBT_BLOCK_SIZE;
    const length = Math.min(CBT_BLOCK_SIZE, source.sizeBytes - offset);
    await pace.pass(length, signal);
    if (signal.aborted) throw cancelled();
    await source.read(buffer, offset, length);
    if (hash(buffer.memory, BlockBuffer.HEADROOM, length) !== checksums.get(block)) changed(offset);
  }
  if (blocks.length > 0)
    log('info', `${blocks.length} of the blocks that are there already were read again and are the same.`);
}

function changed(offset: number): never {
  fail({
    code: 'snapshot-changed',
    message:
      'The snapshot reads otherwise than when it was copied: it was written to meanwhile, and what is there already is of before.',
    nextStep: 'Cancel this job, which removes its files and its snapshot, and export the disk anew.',
    details: `at ${offset}`,
  });
}
