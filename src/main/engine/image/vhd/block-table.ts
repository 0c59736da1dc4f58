import type { OutputFile } from '../output-file';
import { SECTOR_BYTES, UNUSED, roundUp } from './constants';

const PAGE_BYTES = 4096;

/** The block allocation table of an image being written: held in memory (4 MiB for 2 TiB), changed pages written. */
export class BlockTable {
  readonly #bytes: Buffer;
  readonly #changed = new Set<number>();

  constructor(
    private readonly file: OutputFile,
    private readonly offset: number,
    entries: number,
  ) {
    this.#bytes = Buffer.alloc(roundUp(entries * 4, SECTOR_BYTES), 0xff);
    for (let page = 0; page * PAGE_BYTES < this.#bytes.length; page++) this.#changed.add(page);
  }

  /** The table as it stands in the file. */
  static load(file: OutputFile, offset: number, entries: number): BlockTable {
    const table = new BlockTable(file, offset, entries);
    file.readNow(table.#bytes, 0, entries * 4, offset);
    table.#changed.clear();
    return table;
  }

  /** The block is in the file no more. */
  drop(block: number): void {
    this.#bytes.writeUInt32BE(UNUSED, block * 4);
    this.#changed.add(Math.floor((block * 4) / PAGE_BYTES));
  }

  /** File offset of the block's bitmap; undefined while the block is not in the file. */
  get(block: number): number | undefined {
    const sector = this.#bytes.readUInt32BE(block * 4);
    return sector === UNUSED ? undefined : sector * SECTOR_BYTES;
  }

  set(block: number, fileOffset: number): void {
    this.#bytes.writeUInt32BE(fileOffset / SECTOR_BYTES, block * 4);
    this.#changed.add(Math.floor((block * 4) / PAGE_BYTES));
  }

  flush(): void {
    for (const page of this.#changed) {
      const start = page * PAGE_BYTES;
      const length = Math.min(PAGE_BYTES, this.#bytes.length - start);
      this.file.writeNow(this.#bytes, start, length, this.offset + start);
    }
    this.#changed.clear();
  }
}
