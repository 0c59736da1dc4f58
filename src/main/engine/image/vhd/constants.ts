/** Source for all of vhd/: Microsoft, "Virtual Hard Disk Image Format Specification" (2006); blktap include/vhd.h. */
export const SECTOR_BYTES = 512;
export const FOOTER_BYTES = 512;
export const HEADER_BYTES = 1024;
/** Data bytes of one block as we write it. */
export const BLOCK_BYTES = 2 * 1024 * 1024;
/** Bytes of one block's sector bitmap as we write it: 4096 bits. */
export const BITMAP_BYTES = 512;
/** A block that is not in the file. */
export const UNUSED = 0xffff_ffff;
/** Largest disk. Source: xapi-project/sm vhdutil.py MAX_VHD_SIZE; xen-api constants.ml max_vhd_size. */
export const MAX_DISK_BYTES = 2040 * 1024 ** 3;

export const DISK_FIXED = 2;
export const DISK_DYNAMIC = 3;
export const DISK_DIFFERENCING = 4;
export type VhdDiskType = typeof DISK_FIXED | typeof DISK_DYNAMIC | typeof DISK_DIFFERENCING;

export const roundUp = (bytes: number, multiple: number): number => Math.ceil(bytes / multiple) * multiple;
