import { crc32 } from 'node:zlib';

/** LVM's checksum: a CRC-32 with its own start value, not inverted at the end. Source: lvm2 lib/misc/crc.c. */
export const lvmChecksum = (bytes: Buffer): number => ~crc32(bytes, ~0xf597a6cf >>> 0) >>> 0;
