import type { Extent } from '../../../shared/blocks/extent';

/** Guests write whole 4 KiB blocks of their file system. */
export const GUEST_BLOCK = 4096;

/** A part of a partition that a workload keeps to. */
export class Region implements Extent {
  readonly offset: number;
  readonly length: number;

  constructor(offset: number, length: number) {
    this.offset = Math.ceil(offset / GUEST_BLOCK) * GUEST_BLOCK;
    this.length = Math.floor((offset + length - this.offset) / GUEST_BLOCK) * GUEST_BLOCK;
    if (this.length <= 0) throw new RangeError('a workload needs at least 4 KiB of room');
  }

  /** The part from `share` of the way on, `share` of the whole long but at most `mostBytes`. */
  part(from: number, share: number, mostBytes = Infinity): Region {
    const blocks = this.length / GUEST_BLOCK;
    const wanted = Math.min(Math.floor(blocks * share), Math.floor(mostBytes / GUEST_BLOCK));
    const length = Math.max(1, wanted);
    const start = Math.min(Math.floor(blocks * from), blocks - length);
    return new Region(this.offset + start * GUEST_BLOCK, length * GUEST_BLOCK);
  }

  /** A block-aligned extent for `length` bytes near `position` (0: the start), wrapping round so that it fits. */
  place(position: number, length: number): Extent {
    const size = Math.min(Math.ceil(length / GUEST_BLOCK) * GUEST_BLOCK, this.length);
    const starts = (this.length - size) / GUEST_BLOCK + 1;
    return {
      offset: this.offset + (Math.floor(position / GUEST_BLOCK) % starts) * GUEST_BLOCK,
      length: size,
    };
  }
}
