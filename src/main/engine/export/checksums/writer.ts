import { closeSync, fdatasync, fsync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { blockCount } from '../../../../shared/blocks/extent';
import { mapFileError } from '../../image/file-failures';
import { encodeHeader, fileBytes, PAGE_BYTES, PAGE_SUMS, SUM_BYTES, sumPosition } from './layout';
import { RootDigest } from './root';

const CACHED_PAGES = 256;

/**
 * Writes a checksum file while the image is written, in any order. Memory stays flat: at most 1 MiB of pages, and one
 * bit per page so that the digest at the end reads only pages that hold something (64 KiB of bits for 16 TiB).
 * @throws FailureError when the file system refuses.
 */
export class ChecksumWriter {
  readonly #path: string;
  readonly #fd: number;
  readonly #fileBytes: number;
  readonly #touched: Uint8Array;
  readonly #pages = new Map<number, Buffer>();
  #open = true;

  private constructor(path: string, fd: number, sizeBytes: number) {
    this.#path = path;
    this.#fd = fd;
    this.#fileBytes = fileBytes(sizeBytes);
    this.#touched = new Uint8Array(Math.ceil(blockCount(sizeBytes) / PAGE_SUMS / 8) + 1);
  }

  /** @param path must not exist. */
  static create(path: string, sizeBytes: number): ChecksumWriter {
    let fd: number | undefined;
    try {
      fd = openSync(path, 'wx+');
      writeSync(fd, encodeHeader(sizeBytes), 0, undefined, 0);
      ftruncateSync(fd, fileBytes(sizeBytes));
      return new ChecksumWriter(path, fd, sizeBytes);
    } catch (error) {
      if (fd !== undefined) closeSync(fd);
      throw mapFileError(error, path);
    }
  }

  set(block: number, sum: bigint): void {
    const page = this.#page(Math.floor(block / PAGE_SUMS));
    page.writeBigUInt64LE(sum, (block % PAGE_SUMS) * SUM_BYTES);
  }

  /** Everything set so far survives a power cut when this resolves. */
  async sync(): Promise<void> {
    this.#flush();
    await this.#durably(fdatasync);
  }

  /** Makes the file durable, closes it and returns the digest over it. */
  async finish(): Promise<{ sha256: string; blocks: number }> {
    this.#flush();
    const root = new RootDigest();
    for (const page of this.#touchedPages()) root.add(page * PAGE_SUMS, this.#read(page));
    await this.#durably(fsync);
    this.abort();
    return { sha256: root.hex(), blocks: root.blocks };
  }

  /** Closes without completing. Safe to call twice and after `finish`. */
  abort(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#fd);
  }

  #page(index: number): Buffer {
    let page = this.#pages.get(index);
    if (page) return page;
    if (this.#pages.size >= CACHED_PAGES) {
      const [oldest, bytes] = this.#pages.entries().next().value!;
      this.#write(oldest, bytes);
      this.#pages.delete(oldest);
    }
    const seen = (this.#touched[index >> 3] & (1 << (index & 7))) !== 0;
    page = seen ? this.#read(index) : Buffer.alloc(PAGE_BYTES);
    this.#touched[index >> 3] |= 1 << (index & 7);
    this.#pages.set(index, page);
    return page;
  }

  *#touchedPages(): Generator<number> {
    for (const [at, bits] of this.#touched.entries()) {
      for (let bit = 0; bits >> bit !== 0; bit++) if ((bits >> bit) & 1) yield at * 8 + bit;
    }
  }

  #read(index: number): Buffer {
    const page = Buffer.alloc(PAGE_BYTES);
    try {
      readSync(this.#fd, page, 0, PAGE_BYTES, sumPosition(index * PAGE_SUMS));
    } catch (error) {
      throw mapFileError(error, this.#path);
    }
    return page;
  }

  #write(index: number, page: Buffer): void {
    const position = sumPosition(index * PAGE_SUMS);
    const length = Math.min(PAGE_BYTES, this.#fileBytes - position);
    let done = 0;
    try {
      while (done < length) done += writeSync(this.#fd, page, done, length - done, position + done);
    } catch (error) {
      throw mapFileError(error, this.#path);
    }
  }

  async #durably(how: typeof fsync): Promise<void> {
    try {
      await promisify(how)(this.#fd);
    } catch (error) {
      throw mapFileError(error, this.#path);
    }
  }

  #flush(): void {
    for (const [index, page] of this.#pages) this.#write(index, page);
    this.#pages.clear();
  }
}
