import { popcount32 } from './popcount';

const STRIDE_BITS = 512;
const STRIDE_BYTES = STRIDE_BITS / 8;

/**
 * A set of blocks that changes while it is asked "how many lie in this range": bits, most significant first, and a
 * count for every 512 blocks.
 */
export class CountedBitmap {
  readonly blocks: number;
  readonly bytes: Uint8Array;
  readonly #counts: Uint16Array;

  constructor(blocks: number) {
    this.blocks = blocks;
    const strides = Math.ceil(blocks / STRIDE_BITS);
    this.bytes = new Uint8Array(strides * STRIDE_BYTES);
    this.#counts = new Uint16Array(strides);
  }

  /** Takes blocks `[first, end)` in or out; what lies beyond the disk is ignored. */
  set(first: number, end: number, present: boolean): void {
    const limit = Math.min(end, this.blocks);
    for (let block = Math.max(0, first); block < limit;) {
      const byte = block >> 3;
      const next = Math.min(limit, (byte + 1) * 8);
      const mask = (0xff >> (block & 7)) & (0xff00 >> (((next - 1) & 7) + 1));
      const before = this.bytes[byte];
      const after = present ? before | mask : before & ~mask;
      if (after !== before) {
        this.bytes[byte] = after;
        this.#counts[Math.floor(byte / STRIDE_BYTES)] += popcount32(after) - popcount32(before);
      }
      block = next;
    }
  }

  /** Takes over a bitmap; bits beyond the disk's last block are left out. */
  load(bits: Uint8Array): void {
    this.bytes.fill(0);
    this.bytes.set(bits.subarray(0, Math.min(bits.length, Math.ceil(this.blocks / 8))));
    const rest = this.blocks & 7;
    if (rest !== 0) this.bytes[this.blocks >> 3] &= 0xff00 >> rest;
    for (let stride = 0; stride < this.#counts.length; stride++) {
      let count = 0;
      for (let byte = stride * STRIDE_BYTES; byte < (stride + 1) * STRIDE_BYTES; byte++)
        count += popcount32(this.bytes[byte]);
      this.#counts[stride] = count;
    }
  }

  /** Blocks of the set in `[first, end)`. */
  count(first: number, end: number): number {
    const limit = Math.min(end, this.blocks);
    let block = Math.max(0, first);
    let sum = 0;
    while (block < limit) {
      if ((block & (STRIDE_BITS - 1)) === 0 && block + STRIDE_BITS <= limit) {
        sum += this.#counts[block / STRIDE_BITS];
        block += STRIDE_BITS;
        continue;
      }
      const byte = block >> 3;
      const next = Math.min(limit, (byte + 1) * 8);
      const mask = (0xff >> (block & 7)) & (0xff00 >> (((next - 1) & 7) + 1));
      sum += popcount32(this.bytes[byte] & mask);
      block = next;
    }
    return sum;
  }
}
