import type { BlockSource } from '../block-io/types';
import { detectFormat } from './detect';
import { openQcow2 } from './qcow2/reader';
import { openRaw } from './raw/reader';
import type { ImageFormat, ImageReader } from './types';
import { openVhd } from './vhd/open';

export interface OpenImageOptions {
  /** Answers for what the image itself does not hold. Stays open when the image is closed. */
  readonly parent?: BlockSource;
  /** Given by whoever knows (a manifest, the child of this image); found by {@link detectFormat} when absent. */
  readonly format?: ImageFormat;
}

/**
 * Opens one image file for reading.
 * @throws FailureError when the file is missing, not readable, cut short or damaged.
 */
export async function openImage(path: string, options: OpenImageOptions = {}): Promise<ImageReader> {
  const { format = await detectFormat(path), parent } = options;
  const below = parent === undefined ? {} : { parent };
  switch (format) {
    case 'raw':
      return openRaw(path);
    case 'vhd':
      return openVhd(path, below);
    case 'qcow2':
      return openQcow2(path, below);
  }
}
