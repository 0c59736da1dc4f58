import type { BlockBitmap } from '../../../shared/blocks/bitmap';
import { attempt, unwrap, type Result } from '../../../shared/model/result';
import { blocksWithSums } from '../export/checksums/blocks-with-sums';
import { readManifest } from '../export/files/manifest-file';
import { linkOf } from './chain';
import { chainImages } from './chain-images';

/**
 * The blocks that an export's own image stores, from its checksum file; the image is not opened. Of an increment these
 * are the blocks that truly differ from its base, where it left out what equals it.
 * Fails with `checksums-missing`, `checksums-damaged` or a failure of {@link readManifest}.
 */
export function storedBlocks(manifestPath: string): Promise<Result<BlockBitmap>> {
  return attempt(async () => {
    const manifest = unwrap(await readManifest(manifestPath));
    return blocksWithSums(chainImages([linkOf(manifestPath, manifest)]), manifest.sizeBytes);
  });
}
