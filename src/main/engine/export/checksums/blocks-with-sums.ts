import { BlockBitmap } from '../../../../shared/blocks/bitmap';
import { demandRoot, type ExpectedSums } from './expected';
import { SUM_BYTES } from './layout';
import { ChecksumReader } from './reader';
import { RootDigest } from './root';

/**
 * Blocks that have a checksum in any image of a chain: all others read as zeros. More exact than what images store,
 * which may be whole clusters or VHD blocks, and the same for all formats.
 * @throws FailureError of the checksum files; `checksums-damaged` when one is not the manifest's.
 */
export async function blocksWithSums(
  images: readonly ExpectedSums[],
  sizeBytes: number,
): Promise<BlockBitmap> {
  const found = BlockBitmap.empty(sizeBytes);
  for (const image of images) {
    const reader = await ChecksumReader.open(image.checksumsPath);
    try {
      const root = new RootDigest();
      for await (const { firstBlock, sums } of reader.pieces()) {
        root.add(firstBlock, sums);
        for (let at = 0; at < sums.length; at += SUM_BYTES) {
          const isThere = sums.readUInt32LE(at) !== 0 || sums.readUInt32LE(at + 4) !== 0;
          const block = firstBlock + at / SUM_BYTES;
          if (isThere && block < found.blocks) found.set(block);
        }
      }
      demandRoot(image, reader, root);
    } finally {
      await reader.close();
    }
  }
  return found;
}
