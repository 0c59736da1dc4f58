import { fail } from '../../../shared/model/failure';
import { openImage } from '../image/index';
import type { ImageReader } from '../image/types';
import type { ChainLink } from './chain';

/** How an image differs, by its own header, from the one that its manifest names: a sentence each. */
export function identityFaults(
  { imagePath, manifest }: Pick<ChainLink, 'imagePath' | 'manifest'>,
  { sizeBytes, uuid }: Pick<ImageReader, 'sizeBytes' | 'uuid'>,
): string[] {
  const expected = manifest.image.uuid;
  return [
    ...(sizeBytes === manifest.sizeBytes
      ? []
      : [`${imagePath} holds a disk of ${sizeBytes} bytes; the exported disk has ${manifest.sizeBytes}.`]),
    ...(expected === undefined || uuid === expected
      ? []
      : [
          `${imagePath} is another image than the one exported: its uuid is ${uuid ?? 'missing'}, expected ${expected}.`,
        ]),
  ];
}

/**
 * An increment names its parent as it finds it: one that was made on another image in its place is of no use once the
 * right one is back. @throws FailureError `image-replaced`, or why the image cannot be opened
 */
export async function demandIdentity(link: ChainLink): Promise<void> {
  const image = await openImage(link.imagePath, { format: link.manifest.image.format });
  await image.close();
  const [message] = identityFaults(link, image);
  if (message === undefined) return;
  fail({
    code: 'image-replaced',
    message,
    nextStep: 'Restore this image from where it was copied, or take a new full export.',
  });
}
