import type { InputFile } from '../input-file';
import { SECTOR_BYTES, UNUSED } from './constants';
import { PageCache } from './page-cache';

const PAGE_ENTRIES = 16 * 1024;
const PAGES_KEPT = 16;

/** The block allocation table of an existing file, read page by page. */
export class TableReader {
  readonly #pages: PageCache;

  constructor(
    private readonly file: InputFile,
    readonly offset: number,
    /** Number of blocks of the disk; the table may have more entries. */
    readonly blocks: number,
  ) {
    this.#pages = new PageCache(PAGES_KEPT, (page) => this.#load(page));
  }

  /** File offset of the block's bitmap; undefined if the block is not in the file. */
  async get(block: number): Promise<number | undefined> {
    const page = await this.#pages.get(Math.floor(block / PAGE_ENTRIES));
    return placeOf(page, block % PAGE_ENTRIES);
  }

  /** All blocks in the file, in the disk's order. */
  async *allocated(): AsyncGenerator<[block: number, fileOffset: number]> {
    for (let first = 0; first < this.blocks; first += PAGE_ENTRIES) {
      const page = await this.#load(first / PAGE_ENTRIES);
      for (let index = 0; index * 4 < page.length; index++) {
        const at = placeOf(page, index);
        if (at !== undefined) yield [first + index, at];
      }
    }
  }

  #load(page: number): Promise<Buffer> {
    const first = page * PAGE_ENTRIES;
    const entries = Math.min(PAGE_ENTRIES, this.blocks - first);
    return this.file.readBuffer(this.offset + first * 4, entries * 4);
  }
}

function placeOf(page: Buffer, index: number): number | undefined {
  const sector = page.readUInt32BE(index * 4);
  return sector === UNUSED ? undefined : sector * SECTOR_BYTES;
}
