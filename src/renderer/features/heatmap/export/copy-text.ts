import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import type { BlockRange } from '../../../../shared/blocks/view';

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

export const byteRange = ({ first, end }: BlockRange, sizeBytes: number): ByteRange => {
  const offset = first * CBT_BLOCK_SIZE;
  return { offset, length: Math.min(end * CBT_BLOCK_SIZE, sizeBytes) - offset };
};

/** `bytes 65536-131071`: first and last byte, both included, as in an HTTP range. */
export const rangeText = ({ offset, length }: ByteRange): string => `bytes ${offset}-${offset + length - 1}`;

/** A command that copies the range out of a raw image or a device. Source: GNU coreutils manual, `dd`, iflag. */
export const ddText = ({ offset, length }: ByteRange): string =>
  `dd if="$DISK" of=range.img bs=64K iflag=skip_bytes,count_bytes skip=${offset} count=${length}`;

/** A command that copies the range from an NBD server. Source: nbdkit-offset-filter(1), nbdcopy(1). */
export const nbdText = ({ offset, length }: ByteRange): string =>
  `nbdkit --filter=offset nbd "$NBD_URI" offset=${offset} range=${length} --run 'nbdcopy "$uri" range.img'`;

/** One line per extent: offset and length in bytes. */
export const extentsText = (extents: readonly ByteRange[]): string =>
  extents.map(({ offset, length }) => `${offset} ${length}\n`).join('');
