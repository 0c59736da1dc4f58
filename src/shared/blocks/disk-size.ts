/**
 * The largest disk that anything may claim to be. The largest of a pool has 16 TiB; here a bitmap of its blocks takes
 * 128 MiB, and the number of a block still fits the 32 bits that bit operations work with.
 */
export const MOST_DISK_BYTES = 64 * 1024 ** 4;

/** The end of a sentence about a disk that is larger. */
export const largerThanAny = (sizeBytes: number | bigint): string =>
  `a disk of ${sizeBytes} bytes is larger than any that there is (Deltascope takes up to 64 TiB)`;
