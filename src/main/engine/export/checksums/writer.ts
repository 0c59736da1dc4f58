import { closeSync, fdatasync, fstatSync, fsync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { blockCount, CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import { mapFileError, notDurable } from '../../image/file-failures';
import { demandInPlace } from '../../image/in-place';
import type { KnownFile } from '../../block-io/known-file';
import { readAt } from '../../block-io/read-at';
import { isZero } from '../../block-io/zeros';
import {
  anySum,
  decodeHeader,
  encodeHeader,
  fileBytes,
  HEADER_BYTES,
  isOf,
  PAGE_BYTES,
  PAGE_SUMS,
  SUM_BYTES,
  sumPosition,
} from './layout';
import { unfinishedUnusable } from '../../image/unfinished';
import { RootDigest } from './root';

const CACHED_PAGES = 256;
const SCAN_PAGES = 32;

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
  /** Digest over the sums of all blocks below `#rooted`. */
  #root = new RootDigest();
  #rooted = 0;

  private constructor(path: string, fd: number, sizeBytes: number) {
    this.#path = path;
    this.#fd = fd;
    this.#fileBytes = fileBytes(sizeBytes);
    this.#touched = new Uint8Array(Math.ceil(blockCount(sizeBytes) / PAGE_SUMS / 8) + 1);
  }

  /**
   * @param path must not exist.
   * @param uuid of the export, to know the file by.
   */
  static create(path: string, sizeBytes: number, uuid?: string): ChecksumWriter {
    let fd: number | undefined;
    try {
      fd = openSync(path, 'wx+');
      writeSync(fd, encodeHeader(sizeBytes, uuid), 0, undefined, 0);
      ftruncateSync(fd, fileBytes(sizeBytes));
      return new ChecksumWriter(path, fd, sizeBytes);
    } catch (error) {
      if (fd !== undefined) {
        closeSync(fd);
        rmSync(path, { force: true });
      }
      throw mapFileError(error, path);
    }
  }

  /**
   * Goes on with an unfinished file, whatever its length.
   * @throws FailureError `unfinished-unusable` when it is not of a disk of this size, or of another export.
   */
  static resume(path: string, sizeBytes: number, uuid?: string): ChecksumWriter {
    let fd: number | undefined;
    try {
      fd = openSync(path, 'r+');
      const header = Buffer.alloc(HEADER_BYTES);
      const found = readAt(fd, header, 0);
      if (
        found < HEADER_BYTES ||
        decodeHeader(header, path) !== sizeBytes ||
        fstatSync(fd).size > fileBytes(sizeBytes)
      )
        unfinishedUnusable(path, 'it holds the checksums of another disk');
      if (!isOf(header, uuid)) unfinishedUnusable(path, 'it holds the checksums of another export');
      ftruncateSync(fd, fileBytes(sizeBytes));
      const writer = new ChecksumWriter(path, fd, sizeBytes);
      writer.#findTouched();
      return writer;
    } catch (error) {
      if (fd !== undefined) closeSync(fd);
      throw mapFileError(error, path);
    }
  }

  /** The checksum set for a block; 0n when there is none. */
  get(block: number): bigint {
    const index = Math.floor(block / PAGE_SUMS);
    return this.#isTouched(index) ? this.#page(index).readBigUInt64LE((block % PAGE_SUMS) * SUM_BYTES) : 0n;
  }

  /** Whether any block from `first` to before `end` has a checksum. */
  hasAny(first: number, end: number): boolean {
    return anySum(first, end, (page) => (this.#isTouched(page) ? this.#page(page) : undefined));
  }

  /** Disk offset behind the last page of sums that holds any: no block from there on has a checksum. */
  endOfTouched(): number {
    let end = 0;
    for (const page of this.#touchedPages()) end = (page + 1) * PAGE_SUMS * CBT_BLOCK_SIZE;
    return end;
  }

  /** Digest over the (block, checksum) pairs of all blocks below `block`. Cheap when asked with growing blocks. */
  rootBelow(block: number): string {
    if (block < this.#rooted) this.#restartRoot();
    while (this.#rooted < block) {
      const page = Math.floor(this.#rooted / PAGE_SUMS);
      const end = Math.min(block, (page + 1) * PAGE_SUMS);
      if (this.#isTouched(page)) {
        const sums = this.#pages.get(page) ?? this.#read(page);
        const from = (this.#rooted % PAGE_SUMS) * SUM_BYTES;
        this.#root.add(this.#rooted, sums.subarray(from, from + (end - this.#rooted) * SUM_BYTES));
      }
      this.#rooted = end;
    }
    return this.#root.soFar();
  }

  set(block: number, sum: bigint): void {
    if (block < this.#rooted) this.#restartRoot();
    const page = this.#page(Math.floor(block / PAGE_SUMS));
    page.writeBigUInt64LE(sum, (block % PAGE_SUMS) * SUM_BYTES);
  }

  /** Everything set so far survives a power cut when this resolves. */
  async sync(): Promise<void> {
    this.#flush();
    await this.#durably(fdatasync);
  }

  /** Makes the file durable, closes it and returns the digest over it, and which file that is. */
  async finish(): Promise<{ sha256: string; blocks: number; file: KnownFile }> {
    this.#flush();
    const root = new RootDigest();
    for (const page of this.#touchedPages()) root.add(page * PAGE_SUMS, this.#read(page));
    const file = await this.#durably(fsync);
    this.abort();
    return { sha256: root.hex(), blocks: root.blocks, file };
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
    page = this.#isTouched(index) ? this.#read(index) : Buffer.alloc(PAGE_BYTES);
    this.#touched[index >> 3] |= 1 << (index & 7);
    this.#pages.set(index, page);
    return page;
  }

  #isTouched(page: number): boolean {
    return (this.#touched[page >> 3] & (1 << (page & 7))) !== 0;
  }

  #restartRoot(): void {
    this.#root = new RootDigest();
    this.#rooted = 0;
  }

  /** Finds the pages of an existing file that hold anything. */
  #findTouched(): void {
    const piece = Buffer.alloc(SCAN_PAGES * PAGE_BYTES);
    for (let first = 0; sumPosition(first * PAGE_SUMS) < this.#fileBytes; first += SCAN_PAGES) {
      const length = readAt(this.#fd, piece, sumPosition(first * PAGE_SUMS));
      if (isZero(piece, 0, length)) continue;
      for (let page = 0; page * PAGE_BYTES < length; page++) {
        const at = page * PAGE_BYTES;
        if (isZero(piece, at, Math.min(PAGE_BYTES, length - at))) continue;
        this.#touched[(first + page) >> 3] |= 1 << ((first + page) & 7);
      }
    }
  }

  *#touchedPages(): Generator<number> {
    for (const [at, bits] of this.#touched.entries()) {
      for (let bit = 0; bits >> bit !== 0; bit++) if ((bits >> bit) & 1) yield at * 8 + bit;
    }
  }

  #read(index: number): Buffer {
    const page = Buffer.alloc(PAGE_BYTES);
    try {
      readAt(this.#fd, page, sumPosition(index * PAGE_SUMS));
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

  async #durably(how: typeof fsync): Promise<KnownFile> {
    try {
      await promisify(how)(this.#fd);
    } catch (error) {
      throw notDurable(error, this.#path);
    }
    return demandInPlace(this.#fd, this.#path);
  }

  #flush(): void {
    for (const [index, page] of this.#pages) this.#write(index, page);
    this.#pages.clear();
  }
}
