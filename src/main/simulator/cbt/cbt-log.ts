import { blockCount, CBT_BLOCK_SIZE } from '../../../shared/blocks/extent';

/** Bytes of the bitmap of a disk. Source: blktap include/cbt-util.h, `bitmap_size`. */
export const bitmapBytes = (sizeBytes: number): number => Math.ceil(blockCount(sizeBytes) / 8);

/**
 * The change log of one disk, as it lies on the storage: one bit per 64 KiB block, **least** significant bit first.
 * Source: xapi-project/blktap drivers/block-log.c.
 */
export class CbtLog {
  /** The disk the log belongs to; it changes when a snapshot takes the log over. */
  parent: string | undefined;
  child: string | undefined;
  consistent = true;
  #sizeBytes: number;
  #bitmap: Uint8Array;

  constructor(sizeBytes: number) {
    this.#sizeBytes = sizeBytes;
    this.#bitmap = new Uint8Array(bitmapBytes(sizeBytes));
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get bitmap(): Uint8Array {
    return this.#bitmap;
  }

  /** Marks every block that a write touches. */
  mark(offset: number, length: number): void {
    if (length <= 0) return;
    const last = Math.floor((offset + length - 1) / CBT_BLOCK_SIZE);
    for (let block = Math.floor(offset / CBT_BLOCK_SIZE); block <= last; block++) {
      if ((block & 7) === 0 && block + 7 <= last) {
        this.#bitmap[block >> 3] = 0xff;
        block += 7;
      } else {
        this.#bitmap[block >> 3] |= 1 << (block & 7);
      }
    }
  }

  /** The host that had it in memory is gone: nobody wrote its marks down or set it right. */
  crash(): void {
    this.#bitmap.fill(0);
    this.consistent = false;
  }

  /** Grows the log; the new area counts as unchanged. Source: blktap cbt/cbt-util.c, `cbt_util_set` with a size. */
  resize(sizeBytes: number): void {
    if (sizeBytes < this.#sizeBytes) throw new RangeError('a change log cannot shrink');
    this.#sizeBytes = sizeBytes;
    this.#bitmap = widen(this.#bitmap, bitmapBytes(sizeBytes));
  }

  /** Adds another log's marks to this one. */
  merge(other: CbtLog): void {
    this.#bitmap = widen(this.#bitmap, other.#bitmap.length);
    other.#bitmap.forEach((byte, index) => (this.#bitmap[index] |= byte));
  }
}

export function widen(bytes: Uint8Array, length: number): Uint8Array {
  if (length <= bytes.length) return bytes;
  const wider = new Uint8Array(length);
  wider.set(bytes);
  return wider;
}
