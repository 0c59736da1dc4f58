import { BlockBitmap } from '../../../../shared/blocks/bitmap';
import { CBT_BLOCK_SIZE, type Extent } from '../../../../shared/blocks/extent';
import { openImage } from '../../image/index';
import type { ChainImage } from './request';

/** Blocks that any image of the chain stores; the others read as zeros. */
export async function storedInChain(
  images: readonly Pick<ChainImage, 'path' | 'format'>[],
  sizeBytes: number,
): Promise<BlockBitmap> {
  const used = BlockBitmap.empty(sizeBytes);
  for (const { path, format } of images) {
    const image = await openImage(path, { format });
    try {
      for await (const extent of image.stored()) markBlocks(used, extent);
    } finally {
      await image.close();
    }
  }
  return used;
}

/** Marks every block that the extent touches. */
export function markBlocks(used: BlockBitmap, { offset, length }: Extent): void {
  const end = Math.min(Math.ceil((offset + length) / CBT_BLOCK_SIZE), used.blocks);
  for (let block = Math.floor(offset / CBT_BLOCK_SIZE); block < end; block++) used.set(block);
}
