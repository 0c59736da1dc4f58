import type { BlockBitmap } from './bitmap';

/**
 * The bitmap as 32-bit words, block 0 in the lowest byte's highest bit, cleared beyond the disk's last block. Looks at
 * the bitmap's own memory where that is possible, so neither may be written.
 */
export function readWords({ bytes, blocks }: BlockBitmap): Uint32Array {
  const length = Math.ceil(blocks / 32);
  const rest = blocks & 31;
  const aligned = bytes.byteOffset % 4 === 0 && bytes.length >= length * 4;
  if (aligned && rest === 0) return new Uint32Array(bytes.buffer, bytes.byteOffset, length);
  return copyWords({ bytes, blocks }, length);
}

/** The same in memory of its own, `length` words long. */
export function copyWords(
  { bytes, blocks }: Pick<BlockBitmap, 'bytes' | 'blocks'>,
  length: number,
): Uint32Array {
  const words = new Uint32Array(length);
  const copy = new Uint8Array(words.buffer);
  const used = Math.ceil(blocks / 8);
  copy.set(bytes.subarray(0, Math.min(used, bytes.length)));
  if ((blocks & 7) !== 0) copy[used - 1] &= 0xff00 >> (blocks & 7);
  return words;
}

/** A word with its bytes turned round: the first of its 32 blocks becomes the highest bit. Signed, which is faster. */
export const inOrder = (word: number): number =>
  (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
