import { BlockBitmap } from './bitmap';
import { CBT_BLOCK_SIZE } from './extent';
import { PackedBytes, PAGE_BYTES, type Page } from './packed-bytes';

const PAGE_BLOCKS = PAGE_BYTES * 8;

/** Blocks of a disk, as a {@link BlockBitmap} has them, that change: pages that are all zeros or all ones take no room. */
export class SparseBitmap {
  readonly #blocks: number;
  readonly #pages: Page[];
  /** Bits set in each page. */
  readonly #counts: Uint16Array;

  constructor(blocks: number) {
    this.#blocks = blocks;
    const pages = Math.ceil(blocks / PAGE_BLOCKS);
    this.#pages = new Array<Page>(pages).fill('zeros');
    this.#counts = new Uint16Array(pages);
  }

  /** Sets or clears the blocks of `[first, end)`; what lies beyond the disk is left out. */
  set(first: number, end: number, present: boolean): void {
    const limit = Math.min(end, this.#blocks);
    for (let at = first; at < limit;) {
      const page = Math.floor(at / PAGE_BLOCKS);
      const stop = Math.min(limit, (page + 1) * PAGE_BLOCKS);
      this.#setInPage(page, at - page * PAGE_BLOCKS, stop - page * PAGE_BLOCKS, present);
      at = stop;
    }
  }

  #setInPage(page: number, first: number, end: number, present: boolean): void {
    const before = this.#pages[page];
    if (before === (present ? 'ones' : 'zeros')) return;
    const length = this.#lengthOf(page);
    const bytes =
      typeof before === 'string' ? new Uint8Array(length).fill(before === 'ones' ? 0xff : 0) : before;
    let changed = 0;
    for (let at = first; at < end; at++) {
      const bit = 0x80 >> (at & 7);
      if (((bytes[at >> 3] & bit) !== 0) === present) continue;
      bytes[at >> 3] ^= bit;
      changed++;
    }
    const count = (this.#counts[page] += present ? changed : -changed);
    this.#pages[page] = count === 0 ? 'zeros' : count === length * 8 ? 'ones' : bytes;
  }

  /** Bytes of a page: the last may be shorter. */
  #lengthOf(page: number): number {
    return Math.min(PAGE_BYTES, Math.ceil(this.#blocks / 8) - page * PAGE_BYTES);
  }

  pack(): PackedBytes {
    return PackedBytes.ofPages(Math.ceil(this.#blocks / 8), this.#pages);
  }

  /** Runs of blocks that are set, as `[first, end)`. */
  *runs(): Generator<[first: number, end: number]> {
    let open: [first: number, end: number] | undefined;
    for (const [page, bits] of this.#pages.entries()) {
      const start = page * PAGE_BLOCKS;
      for (const [first, end] of runsOf(bits, Math.min(PAGE_BLOCKS, this.#blocks - start))) {
        if (open?.[1] === start + first) open[1] = start + end;
        else {
          if (open) yield open;
          open = [start + first, start + end];
        }
      }
    }
    if (open) yield open;
  }
}

function runsOf(page: Page, blocks: number): Iterable<[first: number, end: number]> {
  if (page === 'zeros') return [];
  if (page === 'ones') return [[0, blocks]];
  return new BlockBitmap(page, blocks * CBT_BLOCK_SIZE).runs();
}
