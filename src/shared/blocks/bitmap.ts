import { blockCount, CBT_BLOCK_SIZE, type Extent } from './extent';
import { popcount32 } from './popcount';
import { readWords } from './words';

/**
 * The changed blocks of a disk, one bit per 64 KiB block, **most significant bit first** within a byte:
 * block n is bit `7 - (n & 7)` of byte `n >> 3`, as `VDI.list_changed_blocks` returns it.
 * Source: xapi-project/sm `libs/sm/VDI.py` (`bytereverse` before base64), XenServer CBT developer guide.
 *
 * Bits beyond the disk's last block are ignored everywhere; a bitmap shorter than the disk reads as unchanged.
 */
export class BlockBitmap {
  readonly bytes: Uint8Array;
  readonly sizeBytes: number;
  readonly blocks: number;

  constructor(bytes: Uint8Array, sizeBytes: number) {
    this.bytes = bytes;
    this.sizeBytes = sizeBytes;
    this.blocks = blockCount(sizeBytes);
  }

  static empty(sizeBytes: number): BlockBitmap {
    return new BlockBitmap(new Uint8Array(Math.ceil(blockCount(sizeBytes) / 8)), sizeBytes);
  }

  /** Every block changed. */
  static full(sizeBytes: number): BlockBitmap {
    const bitmap = BlockBitmap.empty(sizeBytes);
    bitmap.bytes.fill(0xff);
    return bitmap;
  }

  has(block: number): boolean {
    return block >= 0 && block < this.blocks && ((this.bytes[block >> 3] ?? 0) & (0x80 >> (block & 7))) !== 0;
  }

  set(block: number): void {
    if (block < 0 || block >= this.blocks) throw new RangeError(`block ${block} is not on the disk`);
    this.bytes[block >> 3] |= 0x80 >> (block & 7);
  }

  /** Marks every block that the extent touches; what lies beyond the disk is left out. */
  mark({ offset, length }: Extent): void {
    const end = Math.min(Math.ceil((offset + length) / CBT_BLOCK_SIZE), this.blocks);
    for (let block = Math.floor(offset / CBT_BLOCK_SIZE); block < end; block++) this.set(block);
  }

  /** Byte length of one block: 64 KiB, less for the last block of a disk that is not a multiple of it. */
  blockLength(block: number): number {
    return Math.min(CBT_BLOCK_SIZE, this.sizeBytes - block * CBT_BLOCK_SIZE);
  }

  /** Runs of changed blocks as byte extents, ascending, merged, clamped to the disk. Iterates; holds nothing. */
  *extents(): Generator<Extent> {
    for (const [first, end] of this.runs()) {
      const offset = first * CBT_BLOCK_SIZE;
      yield { offset, length: Math.min(end * CBT_BLOCK_SIZE, this.sizeBytes) - offset };
    }
  }

  /** Runs of changed blocks within `[from, to)` as `[first, end)` block indexes. Skips 8 equal bits at a time. */
  *runs(from = 0, to = this.blocks): Generator<[first: number, end: number]> {
    const limit = Math.min(to, this.blocks);
    let at = this.#next(Math.max(0, from), true, limit);
    while (at < limit) {
      const end = this.#next(at, false, limit);
      yield [at, end];
      at = this.#next(end, true, limit);
    }
  }

  /** The first block at or after `from` whose state is `wanted`; `limit` if there is none before it. */
  #next(from: number, wanted: boolean, limit: number): number {
    const { bytes } = this;
    const dull = wanted ? 0 : 0xff;
    const last = Math.min(bytes.length, Math.ceil(limit / 8));
    let at = from;
    while (at < limit) {
      if ((at & 7) === 0) {
        let byte = at >> 3;
        while (byte < last && bytes[byte] === dull) byte++;
        at = byte * 8;
        if (byte >= last) return wanted ? limit : Math.min(at, limit);
      }
      const value = bytes[at >> 3] ^ dull;
      const rest = value & (0xff >> (at & 7));
      if (rest !== 0) return Math.min((at & ~7) + Math.clz32(rest) - 24, limit);
      at = (at | 7) + 1;
    }
    return limit;
  }

  /** Number of changed blocks. */
  count(): number {
    let total = 0;
    const words = readWords(this);
    for (let at = 0; at < words.length; at++) total += popcount32(words[at]);
    return total;
  }

  /** Changed bytes, the short last block counted at its true length. */
  changedBytes(): number {
    const whole = this.count() * CBT_BLOCK_SIZE;
    const last = this.blocks - 1;
    return this.has(last) ? whole - (CBT_BLOCK_SIZE - this.blockLength(last)) : whole;
  }
}
