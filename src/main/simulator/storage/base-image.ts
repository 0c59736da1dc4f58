import { BlockBuffer } from '../../engine/block-io/block-buffer';
import { openQcow2 } from '../../engine/image/qcow2/reader';
import type { ImageReader } from '../../engine/image/types';
import { PAGE_BYTES } from './pages';

/** The image file below a disk, read page by page when asked. Shared by the disk, its snapshots and its clones. */
export class BaseImage {
  /** Pages with data; all others read as zeros. */
  readonly pages: ReadonlySet<number>;
  readonly #reader: ImageReader;
  readonly #spare: BlockBuffer[] = [];
  #users = 1;

  private constructor(reader: ImageReader, pages: ReadonlySet<number>) {
    this.#reader = reader;
    this.pages = pages;
  }

  /** @throws FailureError when the file is no sound qcow2 image. */
  static async open(path: string): Promise<BaseImage> {
    const reader = await openQcow2(path);
    try {
      const pages = new Set<number>();
      for await (const { kind, offset, length } of reader.stored()) {
        if (kind === 'zero') continue;
        for (let page = Math.floor(offset / PAGE_BYTES); page * PAGE_BYTES < offset + length; page++)
          pages.add(page);
      }
      return new BaseImage(reader, pages);
    } catch (error) {
      await reader.close();
      throw error;
    }
  }

  get sizeBytes(): number {
    return this.#reader.sizeBytes;
  }

  /** Copies a range that lies within one page into `target` at `start`. Beyond the image's end nothing is copied. */
  async copy(target: Buffer, start: number, offset: number, length: number): Promise<void> {
    const known = Math.min(length, this.sizeBytes - offset);
    if (known <= 0) return;
    const buffer = this.#spare.pop() ?? new BlockBuffer(PAGE_BYTES);
    await this.#reader.read(buffer, offset, known);
    buffer.data().copy(target, start);
    if (this.#spare.length < 8) this.#spare.push(buffer);
  }

  share(): this {
    this.#users++;
    return this;
  }

  /** The last user closes the file. */
  async release(): Promise<void> {
    if (--this.#users === 0) await this.#reader.close();
  }
}
