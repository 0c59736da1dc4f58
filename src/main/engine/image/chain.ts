import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fail } from '../../../shared/model/failure';
import type { BlockSource } from '../block-io/types';
import { mapFileError } from './file-failures';
import { findParent } from './find-parent';
import { openImage } from './open';
import type { ImageFormat, ImageReader } from './types';

/** Longer than any chain a pool makes (30 images) by far. Source: xapi-project/sm, MAX_CHAIN_SIZE. */
export const MAX_IMAGES = 128;

/** An image with all its parents, open. */
export interface ImageChain {
  /** Newest first, the full image last. Each reads merged with what lies below it. */
  readonly images: readonly ImageReader[];
  /** The newest image's merged content. Closing it closes the whole chain. */
  readonly source: BlockSource;
  close(): Promise<void>;
}

interface Link {
  readonly path: string;
  readonly format: ImageFormat;
}

/**
 * Opens the image at `path` and follows its parents to the full image. Parents may lie anywhere; each one's path is in
 * the chain. An image larger than its parent reads zeros beyond the parent's end.
 * @throws FailureError when a parent is missing, is another image than the one that the child was made from, or leads
 * back into the chain.
 */
export async function openChain(path: string, options: { format?: ImageFormat } = {}): Promise<ImageChain> {
  const links = await followParents(path, options.format);
  const images: ImageReader[] = [];
  const close = async (): Promise<void> => {
    for (const image of images) await image.close();
  };
  try {
    for (const link of links.reverse()) {
      const [parent] = images;
      images.unshift(
        await openImage(link.path, { format: link.format, ...(parent === undefined ? {} : { parent }) }),
      );
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { images, source: sourceOf(images[0], close), close };
}

const sourceOf = (image: ImageReader, close: () => Promise<void>): BlockSource => ({
  sizeBytes: image.sizeBytes,
  read: (into, offset, length) => image.read(into, offset, length),
  close,
});

/** The images from the newest to the full one. Opens each once, to learn of its parent. */
async function followParents(path: string, format: ImageFormat | undefined): Promise<Link[]> {
  const links: Link[] = [];
  const seen = new Set<string>();
  let image: ImageReader | undefined = await openImage(resolve(path), format === undefined ? {} : { format });
  try {
    while (image !== undefined) {
      const place = await realPath(image.path);
      if (seen.has(place)) loops(image.path);
      if (links.length >= MAX_IMAGES) tooLong(path);
      seen.add(place);
      links.push({ path: image.path, format: image.format });
      const parent: ImageReader | undefined = await findParent(image);
      await image.close();
      image = parent;
    }
  } catch (error) {
    await image?.close();
    throw error;
  }
  return links;
}

async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw mapFileError(error, path, 'read');
  }
}

function loops(path: string): never {
  return fail({
    code: 'image-chain-loop',
    message: `The chain of images leads back to "${path}", so it has no full image at its end.`,
    nextStep: 'One of the files was replaced or renamed. Put the right base in its place.',
    details: path,
  });
}

function tooLong(path: string): never {
  return fail({
    code: 'image-chain-too-long',
    message: `"${path}" has more than ${MAX_IMAGES} images in its chain.`,
    nextStep: 'Flatten an older part of the chain into one full image.',
    details: path,
  });
}
