import { BlockBitmap } from '../../../../shared/blocks/bitmap';
import { dataExtents } from '../../image/raw/data-extents';

/** Of a checksum file, or of several. */
interface Sums {
  blocks(): AsyncIterable<{ readonly block: number }>;
}

/**
 * The blocks of a raw image that must be read to know what it holds: those that have a checksum, and all others that may
 * hold data. The rest are holes, where the file system tells of them: zero without a look.
 * @param sums of the image and of those it was copied from.
 */
export async function blocksToLookAt(
  path: string,
  sizeBytes: number,
  sums: readonly Sums[],
): Promise<BlockBitmap> {
  const data = await dataExtents(path);
  if (!data) return BlockBitmap.full(sizeBytes);
  const wanted = BlockBitmap.empty(sizeBytes);
  for (const extent of data) wanted.mark(extent);
  for (const each of sums)
    for await (const { block } of each.blocks()) if (block < wanted.blocks) wanted.set(block);
  return wanted;
}
