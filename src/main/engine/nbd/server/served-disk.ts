import type { BlockBitmap } from '../../../../shared/blocks/bitmap';
import type { BlockSource } from '../../block-io/types';

/** What a server offers: one disk, read-only, under the empty export name. */
export interface ServedDisk {
  readonly source: BlockSource;
  /** In words, for clients that list what there is. */
  readonly description: string;
  /** Blocks that may hold data; the others read as zeros. Clients leave them out when they copy. */
  readonly used: BlockBitmap;
}
