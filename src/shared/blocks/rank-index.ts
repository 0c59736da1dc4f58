import type { BlockBitmap } from './bitmap';
import { CBT_BLOCK_SIZE } from './extent';
import { popcount32 } from './popcount';

const STRIDE_BITS = 512;
const STRIDE_SHIFT = 9;
const WORDS_PER_STRIDE = STRIDE_BITS / 32;

/**
 * Answers "how many changed blocks lie in this range" for any range without walking it: a running count every
 * 512 blocks (2 MiB for 268 million blocks) and at most 16 words of counting behind it.
 */
export class RankIndex {
  readonly blocks: number;
  /** All changed blocks of the disk. */
  readonly total: number;
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #before: Uint32Array;

  constructor(bitmap: BlockBitmap) {
    this.blocks = bitmap.blocks;
    const strides = Math.ceil(bitmap.blocks / STRIDE_BITS);
    this.#bytes = padded(bitmap, strides * (STRIDE_BITS / 8));
    this.#words = new Uint32Array(this.#bytes.buffer, this.#bytes.byteOffset, strides * WORDS_PER_STRIDE);
    this.#before = new Uint32Array(strides + 1);
    let sum = 0;
    for (let stride = 0, word = 0; stride < strides; stride++) {
      this.#before[stride] = sum;
      for (const end = word + WORDS_PER_STRIDE; word < end; word++) sum += popcount32(this.#words[word]);
    }
    this.#before[strides] = sum;
    this.total = sum;
  }

  has(block: number): boolean {
    return block >= 0 && block < this.blocks && (this.#bytes[block >> 3] & (0x80 >> (block & 7))) !== 0;
  }

  /** Changed blocks below `block`; `block` is clamped to the disk. */
  countBefore(block: number): number {
    const end = Math.min(Math.max(block, 0), this.blocks);
    const stride = end >>> STRIDE_SHIFT;
    let sum = this.#before[stride];
    const lastWord = end >>> 5;
    for (let word = stride * WORDS_PER_STRIDE; word < lastWord; word++) sum += popcount32(this.#words[word]);
    for (let byte = lastWord * 4; byte < end >>> 3; byte++) sum += popcount32(this.#bytes[byte]);
    const rest = end & 7;
    if (rest !== 0) sum += popcount32(this.#bytes[end >>> 3] & (0xff00 >> rest) & 0xff);
    return sum;
  }

  /** Changed blocks in `[from, to)`. */
  count(from: number, to: number): number {
    return to <= from ? 0 : this.countBefore(to) - this.countBefore(from);
  }

  /** The n-th changed block counted from 0, or undefined. */
  select(n: number): number | undefined {
    if (n < 0 || n >= this.total) return undefined;
    let low = 0;
    let high = this.#before.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#before[middle] <= n) low = middle;
      else high = middle;
    }
    let left = n - this.#before[low];
    let byte = low * (STRIDE_BITS / 8);
    for (;;) {
      const here = popcount32(this.#bytes[byte]);
      if (left < here) break;
      left -= here;
      byte++;
    }
    let value = this.#bytes[byte];
    for (; left > 0; left--) value &= ~(0x80 >> (Math.clz32(value) - 24));
    return byte * 8 + Math.clz32(value) - 24;
  }

  /** The first changed block at or after `block`. */
  nextChanged(block: number): number | undefined {
    return this.select(this.countBefore(block));
  }

  /** The last changed block before `block`. */
  previousChanged(block: number): number | undefined {
    return this.select(this.countBefore(block) - 1);
  }
}

/** The bitmap's bytes in memory aligned to words, cut and cleared beyond the disk's last block. */
function padded(bitmap: BlockBitmap, length: number): Uint8Array {
  const used = Math.ceil(bitmap.blocks / 8);
  const rest = bitmap.blocks & 7;
  const source = bitmap.bytes;
  const lastIsClean = rest === 0 || ((source[used - 1] ?? 0) & (0xff >> rest)) === 0;
  if (source.length === length && source.byteOffset % 4 === 0 && used === length && lastIsClean)
    return source;
  const copy = new Uint8Array(length);
  copy.set(source.subarray(0, Math.min(used, source.length)));
  if (rest !== 0) copy[used - 1] &= 0xff00 >> rest;
  return copy;
}

/**
 * Changed bytes in `[offset, offset + length)` of a disk, at the granularity of the bitmap: a changed block that the
 * range cuts counts with the part inside.
 */
export function changedBytesIn(index: RankIndex, sizeBytes: number, offset: number, length: number): number {
  const end = Math.min(offset + length, sizeBytes);
  if (end <= offset) return 0;
  const [first, last] = [Math.floor(offset / CBT_BLOCK_SIZE), Math.ceil(end / CBT_BLOCK_SIZE) - 1];
  let bytes = index.count(first, last + 1) * CBT_BLOCK_SIZE;
  if (index.has(first)) bytes -= offset - first * CBT_BLOCK_SIZE;
  if (index.has(last)) bytes -= (last + 1) * CBT_BLOCK_SIZE - end;
  return bytes;
}
