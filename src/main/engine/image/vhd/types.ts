import type { ImageReader } from '../types';

export interface VhdImage extends ImageReader {
  readonly uuid: string;
  /** Seconds since 2000-01-01 UTC, from the footer. */
  readonly timestamp: number;
}
