import { BlockBitmap } from '../../../../shared/blocks/bitmap';
import { SUM_BYTES } from './layout';
import { ChecksumReader } from './reader';

/**
 * Blocks that have a checksum in any image of a chain: all others read as zeros. More exact than what images store,
 * which may be whole clusters or VHD blocks, and the same for all formats.
 * @throws FailureError of the checksum files
 */
export async function blocksWithSums(
  images: readonly { readonly checksumsPath: string }[],
  sizeBytes: number,
): Promise<BlockBitmap> {
  const found = BlockBitmap.empty(sizeBytes);
  for (const { checksumsPath } of images) {
    const reader = await ChecksumReader.open(checksumsPath);
    try {
      for await (const { firstBlock, sums } of reader.pieces()) {
        for (let at = 0; at < sums.length; at += SUM_BYTES) {
          const isThere = sums.readUInt32LE(at) !== 0 || sums.readUInt32LE(at + 4) !== 0;
          const block = firstBlock + at / SUM_BYTES;
          if (isThere && block < found.blocks) found.set(block);
        }
      }
    } finally {
      await reader.close();
    }
  }
  return found;
}
