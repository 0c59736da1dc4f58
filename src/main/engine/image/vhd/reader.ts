import { basename } from 'node:path';
import { fail } from '../../../../shared/model/failure';
import { BlockBuffer } from '../../block-io/block-buffer';
import type { BlockSource } from '../../block-io/types';
import type { InputFile } from '../input-file';
import { mergeExtents } from '../merge-extents';
import type { ImageFault, StoredExtent } from '../types';
import { batches } from './batches';
import { checkBlocks } from './check';
import { roundUp, SECTOR_BYTES } from './constants';
import type { VhdHeader } from './header';
import type { VhdMetadata } from './metadata';
import { PageCache } from './page-cache';
import { sectorRuns } from './sector-bitmap';
import { TableReader } from './table-reader';
import type { VhdImage } from './types';

const BITMAPS_KEPT = 256;
const BITMAPS_AT_ONCE = 64;

/** A run of sectors that the file itself holds. */
interface OwnRun {
  readonly offset: number;
  readonly length: number;
  readonly fileOffset: number;
}

/**
 * Reads a dynamic or differencing VHD. A sector whose bit is 0 belongs to the parent or, without one, is zero, whatever
 * stands in the file. Source: xen-api ocaml/libs/vhd/vhd_format/f.ml get_sector_location.
 */
export class SparseVhdReader implements VhdImage {
  readonly format = 'vhd';
  readonly #table: TableReader;
  readonly #bitmaps: PageCache;
  readonly #bitmapBytes: number;

  constructor(
    private readonly file: InputFile,
    private readonly metadata: VhdMetadata,
    private readonly header: VhdHeader,
    private readonly parent: BlockSource | undefined,
  ) {
    this.#bitmapBytes = roundUp(header.blockBytes / SECTOR_BYTES / 8, SECTOR_BYTES);
    this.#table = new TableReader(file, header.tableOffset, Math.ceil(this.sizeBytes / header.blockBytes));
    this.#bitmaps = new PageCache(BITMAPS_KEPT, (at) => file.readBuffer(at, this.#bitmapBytes));
  }

  get path(): string {
    return this.file.path;
  }

  get sizeBytes(): number {
    return this.metadata.footer.sizeBytes;
  }

  get uuid(): string {
    return this.metadata.footer.uuid;
  }

  get timestamp(): number {
    return this.metadata.footer.timestamp;
  }

  get parentLink(): VhdMetadata['parentLink'] {
    return this.metadata.parentLink;
  }

  async read(into: BlockBuffer, offset: number, length: number): Promise<void> {
    const runs = await this.#ownRuns(offset, length);
    const own = runs.reduce((sum, run) => sum + run.length, 0);
    if (own < length) await this.#readBelow(into, offset, length);
    for (const run of runs) {
      const start = BlockBuffer.HEADROOM + run.offset - offset;
      await this.file.readInto(into.memory, start, run.length, run.fileOffset);
    }
    into.offset = offset;
    into.length = length;
  }

  /** What lies under this file: the parent, and zeros where there is none or where it ends. */
  async #readBelow(into: BlockBuffer, offset: number, length: number): Promise<void> {
    if (this.parentLink !== undefined && this.parent === undefined) {
      fail({
        code: 'image-parent-needed',
        message: `"${basename(this.path)}" holds changes only; the rest is in its parent, which is not open.`,
        nextStep: 'Open the image together with its whole chain.',
        details: this.path,
      });
    }
    const below = Math.max(0, Math.min(length, (this.parent?.sizeBytes ?? 0) - offset));
    if (below > 0) await this.parent!.read(into, offset, below);
    into.memory.fill(0, BlockBuffer.HEADROOM + below, BlockBuffer.HEADROOM + length);
  }

  /** What the file itself holds of a range that may begin and end within sectors and span several blocks. */
  async #ownRuns(offset: number, length: number): Promise<OwnRun[]> {
    const { blockBytes } = this.header;
    const end = offset + length;
    const runs: OwnRun[] = [];
    for (let at = offset; at < end;) {
      const block = Math.floor(at / blockBytes);
      const blockStart = block * blockBytes;
      const partEnd = Math.min(end, blockStart + blockBytes);
      const place = await this.#table.get(block);
      if (place !== undefined) {
        const bitmap = await this.#bitmaps.get(place);
        const first = Math.floor((at - blockStart) / SECTOR_BYTES);
        const last = Math.ceil((partEnd - blockStart) / SECTOR_BYTES);
        for (const [from, to] of sectorRuns(bitmap, first, last)) {
          const start = Math.max(at, blockStart + from * SECTOR_BYTES);
          const stop = Math.min(partEnd, blockStart + to * SECTOR_BYTES);
          const fileOffset = place + this.#bitmapBytes + start - blockStart;
          runs.push({ offset: start, length: stop - start, fileOffset });
        }
      }
      at = partEnd;
    }
    return runs;
  }

  stored(): AsyncIterable<StoredExtent> {
    return mergeExtents(this.#storedInBlocks());
  }

  async *#storedInBlocks(): AsyncGenerator<StoredExtent> {
    const { blockBytes } = this.header;
    for await (const batch of batches(this.#table.allocated(), BITMAPS_AT_ONCE)) {
      // Not through the cache: each bitmap is needed once.
      const bitmaps = await Promise.all(
        batch.map(([, place]) => this.file.readBuffer(place, this.#bitmapBytes)),
      );
      for (const [index, [block]] of batch.entries()) {
        const start = block * blockBytes;
        const sectors = Math.min(blockBytes, this.sizeBytes - start) / SECTOR_BYTES;
        for (const [from, to] of sectorRuns(bitmaps[index], 0, sectors)) {
          yield { offset: start + from * SECTOR_BYTES, length: (to - from) * SECTOR_BYTES, kind: 'data' };
        }
      }
    }
  }

  async check(): Promise<ImageFault[]> {
    const { footer, faults } = this.metadata;
    const blockLength = this.#bitmapBytes + this.header.blockBytes;
    const found = await checkBlocks(this.#table, footer.headerOffset, blockLength, this.file.sizeBytes);
    return [...faults, ...found];
  }

  close(): Promise<void> {
    return this.file.close();
  }
}
