import { resolve } from 'node:path';
import { detectFormat } from './detect';
import { openImage } from './open';
import type { ImageFormat, ParentImage } from './types';
import { openVhd } from './vhd/open';

/**
 * What an increment stores about its base.
 * @throws FailureError when the base is missing, not readable or damaged.
 */
export async function describeParent(
  path: string,
  options: { format?: ImageFormat } = {},
): Promise<ParentImage> {
  const absolute = resolve(path);
  const { format = await detectFormat(absolute) } = options;
  if (format === 'vhd') {
    const image = await openVhd(absolute);
    await image.close();
    const { uuid, timestamp, sizeBytes } = image;
    return { path: absolute, format, uuid, timestamp, sizeBytes };
  }
  const image = await openImage(absolute, { format });
  await image.close();
  return { path: absolute, format, sizeBytes: image.sizeBytes };
}
