import { open } from 'node:fs/promises';
import { isZero } from '../../engine/block-io/zeros';
import type { Extent } from '../../../shared/blocks/extent';
import { BaseImage } from './base-image';
import { Page, PAGE_BYTES, pageExtents, SECTOR_BYTES } from './pages';

export type WriteListener = (offset: number, length: number) => void;

export interface VirtualDiskOptions {
  /** A multiple of 512. */
  readonly sizeBytes: number;
  /** Path of a qcow2 image, at most as large as the disk, that holds the first content. */
  readonly image?: string | undefined;
}

/** Pages of the base image that are unpacked at the same time. */
const PARALLEL_PAGES = 8;

/**
 * A disk of the demo pool: what was written, in memory, over an optional base image. Snapshots and clones share pages
 * with the disk they were taken from and cost only what is written afterwards. All offsets and lengths are in bytes.
 */
export class VirtualDisk {
  #frozen: boolean;
  #sizeBytes: number;
  #pages: Map<number, Page>;
  #base: BaseImage | undefined;
  /** Pages that nobody else shares. */
  #own = new Set<number>();
  #destroyed = false;
  readonly #listeners = new Set<WriteListener>();

  private constructor(
    sizeBytes: number,
    base: BaseImage | undefined,
    pages: Map<number, Page>,
    frozen: boolean,
  ) {
    this.#sizeBytes = sizeBytes;
    this.#base = base;
    this.#pages = pages;
    this.#frozen = frozen;
  }

  /**
   * @throws RangeError when the size is not a positive multiple of 512 or smaller than the image.
   * @throws FailureError when the image cannot be read.
   */
  static async create({ sizeBytes, image }: VirtualDiskOptions): Promise<VirtualDisk> {
    assertSize(sizeBytes);
    const base = image === undefined ? undefined : await BaseImage.open(image);
    if (base && base.sizeBytes > sizeBytes) {
      await base.release();
      throw new RangeError(`an image of ${base.sizeBytes} bytes does not fit a disk of ${sizeBytes} bytes`);
    }
    return new VirtualDisk(sizeBytes, base, new Map(), false);
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  /** A snapshot that a VM attaches for writing is a disk like any other from then on. */
  thaw(): void {
    this.#frozen = false;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** True after {@link destroyData}: only the size is left. */
  get dataDestroyed(): boolean {
    return this.#destroyed;
  }

  /** Any range of the disk, aligned or not. A live disk answers with its content at the time the promise resolves. */
  async read(offset: number, length: number): Promise<Buffer> {
    this.#assertRange(offset, length);
    const target = Buffer.alloc(length);
    if (this.#base) await this.#copyBase(this.#base, target, offset);
    for (const part of pageParts(offset, length)) {
      this.#pages.get(part.page)?.overlay(target, part.offset - offset, part.at, part.length);
    }
    return target;
  }

  /** Nothing was ever stored in the range, so it reads as zeros. */
  isBlank(offset: number, length: number): boolean {
    this.#assertRange(offset, length);
    const last = Math.ceil((offset + length) / PAGE_BYTES);
    for (let page = Math.floor(offset / PAGE_BYTES); page < last; page++) {
      if (this.#pages.has(page) || this.#base?.pages.has(page)) return false;
    }
    return true;
  }

  /** Stores `data`; done when the call returns. Offset and length are multiples of 512, as a guest's are. */
  write(offset: number, data: Buffer): void {
    this.#queue(offset, data.length);
    for (const part of pageParts(offset, data.length)) {
      const start = part.offset - offset;
      this.#writablePage(part.page).store(part.at, part.length, data.subarray(start, start + part.length));
    }
  }

  /** Writes zeros: a write like any other for change tracking, but it takes no memory for whole pages. */
  zero(offset: number, length: number): void {
    this.#queue(offset, length);
    for (const part of pageParts(offset, length)) {
      if (part.length === PAGE_BYTES) {
        this.#pages.set(part.page, Page.zeros);
        this.#own.delete(part.page);
      } else {
        this.#writablePage(part.page).store(part.at, part.length);
      }
    }
  }

  /** The disk as it is now, frozen. */
  snapshot(): VirtualDisk {
    return this.#share(true);
  }

  /** This disk holds again what `older`, a snapshot of it, does. Nothing is marked as changed. */
  revertTo(older: VirtualDisk): void {
    this.#assertLive();
    older.#assertData();
    this.#pages = new Map(older.#pages);
    this.#own.clear();
    older.#own.clear();
  }

  /** A live disk with the same content; the two go separate ways from here. */
  clone(): VirtualDisk {
    return this.#share(false);
  }

  /** Grows the disk; the new part reads as zeros. @throws RangeError on shrinking. */
  resize(newSizeBytes: number): void {
    this.#assertLive();
    assertSize(newSizeBytes);
    if (newSizeBytes < this.#sizeBytes) throw new RangeError('a disk cannot shrink');
    this.#sizeBytes = newSizeBytes;
  }

  /** What takes space on the storage, in whole 64 KiB pages: ascending, merged. */
  allocated(): Extent[] {
    return pageExtents(new Set([...(this.#base?.pages ?? []), ...this.#pages.keys()]), this.#sizeBytes);
  }

  /** As {@link allocated}, but for pages that were zeroed as a whole: a qcow2 image holds no data of those. */
  withData(): Extent[] {
    const pages = new Set([...(this.#base?.pages ?? []), ...this.#pages.keys()]);
    const isZeroed = (page: number): boolean => this.#pages.get(page) === Page.zeros;
    return pageExtents(
      [...pages].filter((page) => !isZeroed(page)),
      this.#sizeBytes,
    );
  }

  /**
   * Pages stored differently than in `older`, an earlier snapshot of this disk: what the storage's own chain of
   * differencing layers would name, in whole 64 KiB pages.
   */
  differences(older: VirtualDisk): Extent[] {
    this.#assertData();
    older.#assertData();
    const pages = new Set([...this.#pages.keys(), ...older.#pages.keys()]);
    const changed = [...pages].filter((page) => this.#pages.get(page) !== older.#pages.get(page));
    return pageExtents(changed, this.#sizeBytes);
  }

  /**
   * Forgets the content for good, as `VDI.data_destroy` and `VDI.destroy` do. The base image is closed with the last
   * disk that uses it, so every disk ends with this call.
   */
  async destroyData(): Promise<void> {
    const base = this.#base;
    this.#base = undefined;
    this.#destroyed = true;
    this.#pages = new Map();
    this.#own.clear();
    this.#listeners.clear();
    await base?.release();
  }

  /** Calls `listener` for every write and zeroing, before it takes effect. Returns the way to stop that. */
  onWrite(listener: WriteListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Writes the content to `path` as a sparse raw file of the disk's exact size. */
  async dump(path: string): Promise<void> {
    const file = await open(path, 'w');
    try {
      await file.truncate(this.#sizeBytes);
      for (const extent of this.allocated()) {
        for (const part of pageParts(extent.offset, extent.length)) {
          const data = await this.read(part.offset, part.length);
          if (!isZero(data, 0, data.length)) await file.write(data, 0, data.length, part.offset);
        }
      }
    } finally {
      await file.close();
    }
  }

  #share(frozen: boolean): VirtualDisk {
    this.#assertData();
    this.#own.clear();
    return new VirtualDisk(this.#sizeBytes, this.#base?.share(), new Map(this.#pages), frozen);
  }

  async #copyBase(base: BaseImage, target: Buffer, offset: number): Promise<void> {
    const needed = [...pageParts(offset, target.length)].filter(
      ({ page }) => base.pages.has(page) && !this.#pages.get(page)?.isComplete,
    );
    for (let first = 0; first < needed.length; first += PARALLEL_PAGES) {
      const parts = needed.slice(first, first + PARALLEL_PAGES);
      await Promise.all(
        parts.map((part) => base.copy(target, part.offset - offset, part.offset, part.length)),
      );
    }
  }

  #writablePage(index: number): Page {
    const page = this.#pages.get(index);
    if (page && this.#own.has(index)) return page;
    const fresh = page?.copy() ?? Page.blank();
    this.#pages.set(index, fresh);
    this.#own.add(index);
    return fresh;
  }

  /** Change tracking marks a write when it is queued. Source: blktap drivers/block-log.c, td_queue_write. */
  #queue(offset: number, length: number): void {
    this.#assertLive();
    this.#assertRange(offset, length);
    if (offset % SECTOR_BYTES !== 0 || length % SECTOR_BYTES !== 0) {
      throw new RangeError(`a write must start and end on a sector: offset ${offset}, length ${length}`);
    }
    if (length > 0) for (const listener of this.#listeners) listener(offset, length);
  }

  #assertLive(): void {
    this.#assertData();
    if (this.#frozen) throw new Error('a snapshot cannot be written');
  }

  #assertData(): void {
    if (this.#destroyed) throw new Error('the data of this disk was destroyed');
  }

  #assertRange(offset: number, length: number): void {
    this.#assertData();
    const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length);
    if (!whole || offset < 0 || length < 0 || offset + length > this.#sizeBytes) {
      throw new RangeError(`range ${offset}+${length} is not on a disk of ${this.#sizeBytes} bytes`);
    }
  }
}

function assertSize(sizeBytes: number): void {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0 || sizeBytes % SECTOR_BYTES !== 0) {
    throw new RangeError(`a disk's size is a positive multiple of ${SECTOR_BYTES}, not ${sizeBytes}`);
  }
}

interface PagePart extends Extent {
  readonly page: number;
  /** Where the part starts within the page. */
  readonly at: number;
}

function* pageParts(offset: number, length: number): Generator<PagePart> {
  const end = offset + length;
  for (let position = offset; position < end;) {
    const page = Math.floor(position / PAGE_BYTES);
    const at = position - page * PAGE_BYTES;
    const part = Math.min(PAGE_BYTES - at, end - position);
    yield { page, at, offset: position, length: part };
    position += part;
  }
}
