import { BlockBitmap } from '../../../../shared/blocks/bitmap';
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
      for await (const extent of image.stored()) used.mark(extent);
    } finally {
      await image.close();
    }
  }
  return used;
}
