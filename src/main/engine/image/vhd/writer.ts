import type { KnownFile } from '../../block-io/known-file';
import { RangeClearer } from '../clear-range';
import type { OutputFile } from '../output-file';
import type { Held, ResumedSink } from '../types';
import type { BitmapStore } from './bitmap-store';
import type { BlockTable } from './block-table';
import { BITMAP_BYTES, BLOCK_BYTES, SECTOR_BYTES, roundUp } from './constants';
import { countSectors, setSectors } from './sector-bitmap';

/** Blocks start so that their data lies on page boundaries, as blktap places them. */
export const DATA_ALIGNMENT = 4096;

export interface VhdParts {
  readonly file: OutputFile;
  readonly table: BlockTable;
  /** Present in an increment: which sectors of each block the file itself answers for. */
  readonly bitmaps: BitmapStore | undefined;
  readonly footer: Buffer;
  readonly sizeBytes: number;
  /** First byte behind the metadata. */
  readonly dataOffset: number;
  /** End of the last block of an image that is written on; `dataOffset` when absent. */
  readonly end?: number;
}

/** Writes a dynamic or differencing VHD. Blocks are placed in the order in which they are first touched. */
export class VhdWriter implements ResumedSink {
  bytesStored = 0;
  /** End of the last block, where the footer goes. */
  #end: number;
  readonly #clearer: RangeClearer;

  constructor(private readonly parts: VhdParts) {
    this.#end = parts.end ?? parts.dataOffset;
    this.#clearer = new RangeClearer(parts.file);
  }

  write(offset: number, memory: Buffer, start: number, length: number): Promise<void> | undefined {
    const position = this.#claim(offset, length);
    this.bytesStored += length;
    return this.parts.file.write(memory, start, length, position);
  }

  zero(offset: number, length: number): undefined {
    if (this.parts.bitmaps === undefined) return;
    const end = offset + length;
    for (let at = offset; at < end;) {
      const part = Math.min(end, roundUp(at + 1, BLOCK_BYTES)) - at;
      // Present, and nothing stored: the sectors are a hole in the file, unless an earlier attempt left something there.
      const position = this.#claim(at, part);
      if (position < (this.parts.end ?? 0)) this.#clearer.clear(position, part);
      at += part;
    }
  }

  holds(offset: number, length: number): Held {
    const at = this.parts.table.get(Math.floor(offset / BLOCK_BYTES));
    if (at === undefined) return 'none';
    if (this.parts.bitmaps === undefined) return 'all';
    const sectors = length / SECTOR_BYTES;
    const present = countSectors(this.parts.bitmaps.look(at), (offset % BLOCK_BYTES) / SECTOR_BYTES, sectors);
    return present === 0 ? 'none' : present === sectors ? 'all' : 'some';
  }

  readBack(offset: number, memory: Buffer, start: number, length: number): void {
    const at = this.parts.table.get(Math.floor(offset / BLOCK_BYTES));
    if (at === undefined) memory.fill(0, start, start + length);
    else this.parts.file.readNow(memory, start, length, at + BITMAP_BYTES + (offset % BLOCK_BYTES));
  }

  /** A block that is in the file answers for all of itself again, whatever a power cut left of its bitmap. */
  restoreFullBitmap(block: number, at: number): void {
    this.parts.file.writeNow(this.#fullBitmap(block), 0, BITMAP_BYTES, at);
  }

  async sync(): Promise<void> {
    this.#flush();
    // At once: blocks are added behind this end while the disk is being waited for.
    this.parts.file.truncateNow(this.#end);
    await this.parts.file.sync();
  }

  async finish(): Promise<KnownFile> {
    const { file, footer } = this.parts;
    this.#flush();
    file.writeNow(footer, 0, footer.length, this.#end);
    return file.finish();
  }

  abort(): Promise<void> {
    return this.parts.file.close();
  }

  #flush(): void {
    this.parts.bitmaps?.flush();
    this.parts.table.flush();
  }

  /** Marks a range within one block as present and returns where in the file it belongs. */
  #claim(offset: number, length: number): number {
    const block = Math.floor(offset / BLOCK_BYTES);
    const within = offset - block * BLOCK_BYTES;
    const whole = offset % SECTOR_BYTES === 0 && length % SECTOR_BYTES === 0;
    if (!whole || length <= 0 || within + length > BLOCK_BYTES) {
      throw new RangeError(`not a range of whole sectors within one block: ${offset} + ${length}`);
    }
    if (offset + length > this.parts.sizeBytes)
      throw new RangeError(`beyond the disk: ${offset} + ${length}`);
    const { table, bitmaps } = this.parts;
    const at = table.get(block) ?? this.#allocate(block);
    if (bitmaps !== undefined) setSectors(bitmaps.change(at), within / SECTOR_BYTES, length / SECTOR_BYTES);
    return at + BITMAP_BYTES + within;
  }

  #allocate(block: number): number {
    const { file, table, bitmaps } = this.parts;
    const at = roundUp(this.#end + BITMAP_BYTES, DATA_ALIGNMENT) - BITMAP_BYTES;
    if (bitmaps === undefined) file.writeNow(this.#fullBitmap(block), 0, BITMAP_BYTES, at);
    else bitmaps.add(at);
    table.set(block, at);
    this.#end = at + BITMAP_BYTES + BLOCK_BYTES;
    return at;
  }

  /**
   * All sectors of the block that lie on the disk. A full image answers for whole blocks, since qemu reads a block
   * without looking at its bitmap; sectors beyond the disk stay out, since an import writes every sector that is marked.
   * Source: qemu block/vpc.c; xen-api ocaml/libs/vhd/vhd_format/f.ml openstream.
   */
  #fullBitmap(block: number): Buffer {
    const bytes = Math.min(BLOCK_BYTES, this.parts.sizeBytes - block * BLOCK_BYTES);
    if (bytes === BLOCK_BYTES) return FULL_BITMAP;
    const bitmap = Buffer.alloc(BITMAP_BYTES);
    setSectors(bitmap, 0, bytes / SECTOR_BYTES);
    return bitmap;
  }
}

const FULL_BITMAP = Buffer.alloc(BITMAP_BYTES, 0xff);
