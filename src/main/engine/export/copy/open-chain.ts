import { fail } from '../../../../shared/model/failure';
import type { BlockSource } from '../../block-io/types';
import { openChain } from '../../image/index';
import { loadBlockHasher } from '../checksums/block-hash';
import { CheckedSource } from '../checksums/checked-source';
import { EffectiveChecksums } from '../checksums/effective';
import { ChecksumReader } from '../checksums/reader';
import type { ChainImage } from './request';

/**
 * Opens a chain by its newest image; the images' own links must lead to the images that are expected.
 * @param images newest first, down to the full.
 * @throws FailureError of the images, or `parent-swapped`.
 */
export async function openExpectedChain(images: readonly ChainImage[]): Promise<BlockSource> {
  const newest = images[0];
  const chain = await openChain(newest.path, { format: newest.format });
  const wrong = chain.images.find(({ path }, at) => path !== images[at]?.path);
  if (!wrong) return chain.source;
  await chain.close();
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

/** Checksum files of a chain in the same order; all or none are open. @throws FailureError */
export async function openChecksums(
  images: readonly Pick<ChainImage, 'checksumsPath'>[],
): Promise<ChecksumReader[]> {
  const readers: ChecksumReader[] = [];
  try {
    for (const { checksumsPath } of images) readers.push(await ChecksumReader.open(checksumsPath));
    return readers;
  } catch (error) {
    for (const reader of readers) await reader.close();
    throw error;
  }
}
