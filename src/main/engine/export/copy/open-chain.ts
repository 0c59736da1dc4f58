import { fail } from '../../../../shared/model/failure';
import type { BlockSource } from '../../block-io/types';
import { openChain } from '../../image/index';
import { loadBlockHasher } from '../checksums/block-hash';
import { CheckedSource } from '../checksums/checked-source';
import { EffectiveChecksums } from '../checksums/effective';
import { openExpectedSums, type ExpectedSums } from '../checksums/expected';
import type { ChecksumReader } from '../checksums/reader';
import type { ChainImage } from './request';

/**
 * Opens a chain by its newest image; the images' own links must lead to the images that are expected, and the newest
 * must hold a disk of the expected size.
 * @param images newest first, down to the full.
 * @throws FailureError of the images, `parent-swapped` or `image-size-differs`.
 */
export async function openExpectedChain(images: readonly ChainImage[]): Promise<BlockSource> {
  const newest = images[0];
  const chain = await openChain(newest.path, { format: newest.format });
  const wrong = chain.images.find(({ path }, at) => path !== images[at]?.path);
  const { sizeBytes } = chain.source;
  if (!wrong && sizeBytes === newest.sizeBytes) return chain.source;
  await chain.close();
  if (!wrong) {
    return fail({
      code: 'image-size-differs',
      message: `The image ${newest.path} holds a disk of ${sizeBytes} bytes; the exported disk has ${newest.sizeBytes}.`,
      nextStep: 'Restore this image from where it was copied, or take a new full export.',
    });
  }
  return fail({
    code: 'parent-swapped',
    message: `The image ${newest.path} leads to ${wrong.path}, which is not part of its chain.`,
    nextStep: 'Restore the images of this chain from where they were copied, or take a new full export.',
  });
}

/** The same, with every block checked as it is read. */
export async function openCheckedChain(images: readonly ChainImage[]): Promise<BlockSource> {
  const chain = await openExpectedChain(images);
  try {
    const sums = await openChecksums(images);
    return new CheckedSource(chain, new EffectiveChecksums(sums), await loadBlockHasher(), images[0].path);
  } catch (error) {
    await chain.close();
    throw error;
  }
}

/**
 * Checksum files of a chain in the same order; all or none are open.
 * @throws FailureError as {@link openExpectedSums}.
 */
export async function openChecksums(images: readonly ExpectedSums[]): Promise<ChecksumReader[]> {
  const readers: ChecksumReader[] = [];
  try {
    for (const image of images) readers.push(await openExpectedSums(image));
    return readers;
  } catch (error) {
    for (const reader of readers) await reader.close();
    throw error;
  }
}
