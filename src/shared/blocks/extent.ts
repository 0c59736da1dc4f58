/** CBT granularity in bytes. Source: blktap include/cbt-util.h, `CBT_BLOCK_SIZE`. */
export const CBT_BLOCK_SIZE = 65_536;

/** A byte range on a disk: `[offset, offset + length)`, both in bytes. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

/** Number of 64 KiB blocks of a disk; the last one may be short. */
export const blockCount = (sizeBytes: number): number => Math.ceil(sizeBytes / CBT_BLOCK_SIZE);

/**
 * Cuts extents into requests of at most `size` that never cross a multiple of `size` (a power of two), so that a request
 * never spans two VHD blocks when it divides 2 MiB.
 * @param size in bytes; a function is asked for each request.
 */
export function* requestsOf(extents: Iterable<Extent>, size: number | (() => number)): Generator<Extent> {
  for (const extent of extents) {
    const end = extent.offset + extent.length;
    let offset = extent.offset;
    while (offset < end) {
      const requestBytes = typeof size === 'number' ? size : size();
      const boundary = (Math.floor(offset / requestBytes) + 1) * requestBytes;
      const length = Math.min(end, boundary) - offset;
      yield { offset, length };
      offset += length;
    }
  }
}
