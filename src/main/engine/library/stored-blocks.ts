import { BlockBitmap } from '../../../shared/blocks/bitmap';
import { fail } from '../../../shared/model/failure';
import { attempt, unwrap, type Result } from '../../../shared/model/result';
import { SUM_BYTES } from '../export/checksums/layout';
import { ChecksumReader } from '../export/checksums/reader';
import { RootDigest } from '../export/checksums/root';
import { readManifest } from '../export/files/manifest-file';
import { linkOf } from './chain';

/**
 * The blocks that an export's own image stores, from its checksum file; the image is not opened. Of an increment these
 * are the blocks that truly differ from its base, where it left out what equals it.
 * Fails with `checksums-missing`, `checksums-damaged` or a failure of {@link readManifest}.
 */
export function storedBlocks(manifestPath: string): Promise<Result<BlockBitmap>> {
  return attempt(async () => {
    const manifest = unwrap(await readManifest(manifestPath));
    const { checksumsPath } = linkOf(manifestPath, manifest);
    const sums = await ChecksumReader.open(checksumsPath);
    try {
      const bitmap = BlockBitmap.empty(sums.sizeBytes);
      const digest = new RootDigest();
      for await (const { firstBlock, sums: piece } of sums.pieces()) {
        digest.add(firstBlock, piece);
        for (let at = 0; at < piece.length; at += SUM_BYTES)
          if (piece.readUInt32LE(at) !== 0 || piece.readUInt32LE(at + 4) !== 0)
            bitmap.set(firstBlock + at / SUM_BYTES);
      }
      if (digest.hex() !== manifest.checksums.sha256 || sums.sizeBytes !== manifest.sizeBytes) {
        fail({
          code: 'checksums-damaged',
          message: `${checksumsPath} is not the file that was written with the image: its digest differs from the manifest's.`,
          nextStep: 'Restore this file from where it was copied, or export the disk again.',
        });
      }
      return bitmap;
    } finally {
      await sums.close();
    }
  });
}
