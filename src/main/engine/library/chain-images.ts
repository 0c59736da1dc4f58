import type { ChainImage } from '../export/copy/request';
import type { ChainLink } from './chain';

/** A chain as a copy takes it. */
export const chainImages = (links: readonly ChainLink[]): ChainImage[] =>
  links.map(({ imagePath, checksumsPath, manifest }) => ({
    path: imagePath,
    format: manifest.image.format,
    checksumsPath,
    sha256: manifest.checksums.sha256,
    sizeBytes: manifest.sizeBytes,
  }));
