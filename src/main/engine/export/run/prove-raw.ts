import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import { fail, toFailure, type Failure } from '../../../../shared/model/failure';
import { openImage } from '../../image/index';
import type { ChainLink } from '../../library/chain';
import { chainImages } from '../../library/chain-images';
import { blocksToLookAt } from '../../library/verify/raw-blocks';
import { scanBlocks } from '../../library/verify/scan-blocks';
import { loadBlockHasher } from '../checksums/block-hash';
import { EffectiveChecksums } from '../checksums/effective';
import { openChecksums } from '../copy/open-chain';

/**
 * Reads a raw image and compares every block with its checksum; one without a checksum must be empty. What is about to
 * be copied into a new image would otherwise count as exported whatever became of it since. Holes are skipped where the
 * file system tells of them.
 * @param chain newest first; only the newest image is read.
 * @throws FailureError `image-block-damaged`, or the failure to read.
 */
export async function proveRaw(chain: readonly ChainLink[], signal: AbortSignal): Promise<void> {
  const [{ imagePath }] = chain;
  const image = await openImage(imagePath, { format: 'raw' });
  try {
    const readers = await openChecksums(chainImages(chain));
    const sums = new EffectiveChecksums(readers);
    try {
      const wanted = await blocksToLookAt(imagePath, image.sizeBytes, readers);
      const hash = await loadBlockHasher();
      const stop = new AbortController();
      let failure: Failure | undefined;
      const fails = (why: Failure): void => {
        failure ??= why;
        stop.abort(); // reads under way end before the image is closed
      };
      await scanBlocks({
        source: image,
        extents: wanted.extents(),
        signal: AbortSignal.any([signal, stop.signal]),
        visit: (block, memory, start, length) => {
          if (!sums.matches(block, hash, memory, start, length)) fails(damaged(imagePath, block));
          return undefined;
        },
        failed: (_range, error) => fails(toFailure(error)),
      });
      if (failure) fail(failure);
    } finally {
      await sums.close();
    }
  } finally {
    await image.close();
  }
}

const damaged = (path: string, block: number): Failure => ({
  code: 'image-block-damaged',
  message: `The block at disk offset ${block * CBT_BLOCK_SIZE} of the base ${path} is not what was exported.`,
  nextStep: 'Restore the base from where it was copied, or take a new full export.',
});
