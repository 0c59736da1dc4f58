import type { BlockSink } from '../block-io/types';
import { createQcow2 } from './qcow2/writer';
import { createRaw } from './raw/writer';
import type { CreateImageOptions, ImageFormat } from './types';
import { createVhd } from './vhd/create';

/**
 * A new image file, full or (with `options.parent`) an increment.
 * @throws FailureError when the format cannot hold the disk or the target cannot be written; no file is left then.
 */
export function createImage(format: ImageFormat, options: CreateImageOptions): Promise<BlockSink> {
  switch (format) {
    case 'raw':
      return createRaw(options);
    case 'vhd':
      return createVhd(options);
    case 'qcow2':
      return createQcow2(options);
  }
}
