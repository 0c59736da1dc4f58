import { open, type FileHandle } from 'node:fs/promises';
import { readSync } from 'node:fs';
import { blockCount } from '../../../../shared/blocks/extent';
import { fail } from '../../../../shared/model/failure';
import { isZero } from '../../block-io/zeros';
import { mapFileError } from '../../image/file-failures';
import {
  anySum,
  decodeHeader,
  fileBytes,
  HEADER_BYTES,
  PAGE_BYTES,
  PAGE_SUMS,
  SUM_BYTES,
  sumPosition,
} from './layout';
import { RootDigest } from './root';

const CACHED_PAGES = 256;
const SCAN_BYTES = 128 * 1024;

/** A finished checksum file. Reading is random access with a small cache; scanning skips what is empty. */
export class ChecksumReader {
  readonly path: string;
  readonly sizeBytes: number;
  readonly #file: FileHandle;
  readonly #pages = new Map<number, Buffer>();

  private constructor(path: string, file: FileHandle, sizeBytes: number) {
    this.path = path;
    this.#file = file;
    this.sizeBytes = sizeBytes;
  }

  /** @throws FailureError `checksums-missing`, `checksums-damaged`, `checksums-too-new`. */
  static async open(path: string): Promise<ChecksumReader> {
    const file = await open(path, 'r').catch((error: unknown) =>
      fail(
        {
          code: 'checksums-missing',
          message: `The checksum file ${path} cannot be opened.`,
          nextStep: 'Put it back beside its image, or export the disk again.',
          details: String(error),
        },
        error,
      ),
    );
    try {
      const header = Buffer.alloc(HEADER_BYTES);
      const found = await readSome(file, header, HEADER_BYTES, 0);
      const sizeBytes = decodeHeader(header.subarray(0, found), path);
      const { size } = await file.stat();
      if (size !== fileBytes(sizeBytes)) {
        fail({
          code: 'checksums-damaged',
          message: `The checksum file ${path} has ${size} bytes; a disk of ${sizeBytes} bytes needs ${fileBytes(sizeBytes)}.`,
          nextStep: 'Restore this file from where it was copied, or export the disk again.',
        });
      }
      return new ChecksumReader(path, file, sizeBytes);
    } catch (error) {
      await file.close();
      throw mapFileError(error, path, 'read');
    }
  }

  /** The checksum of a block; 0n when the image does not store it. */
  get(block: number): bigint {
    if (block >= blockCount(this.sizeBytes)) return 0n;
    return this.#page(Math.floor(block / PAGE_SUMS)).readBigUInt64LE((block % PAGE_SUMS) * SUM_BYTES);
  }

  /** Whether any block from `first` to before `end` has a checksum. */
  hasAny(first: number, end: number): boolean {
    return anySum(first, Math.min(end, blockCount(this.sizeBytes)), (page) => this.#page(page));
  }

  /** Checksums in ascending pieces; pieces without any are left out. The buffer is valid until the next step. */
  async *pieces(): AsyncGenerator<{ firstBlock: number; sums: Buffer }> {
    const piece = Buffer.alloc(SCAN_BYTES);
    const blocks = blockCount(this.sizeBytes);
    const step = SCAN_BYTES / SUM_BYTES;
    for (let firstBlock = 0; firstBlock < blocks; firstBlock += step) {
      const wanted = Math.min(step, blocks - firstBlock) * SUM_BYTES;
      const found = await this.#guard(() => readSome(this.#file, piece, wanted, sumPosition(firstBlock)));
      if (found < wanted) this.#cut(sumPosition(firstBlock) + found);
      if (!isZero(piece, 0, wanted)) yield { firstBlock, sums: piece.subarray(0, wanted) };
    }
  }

  /** Blocks that have a checksum, ascending. */
  async *blocks(): AsyncGenerator<{ block: number; sum: bigint }> {
    for await (const { firstBlock, sums } of this.pieces()) {
      for (let at = 0; at < sums.length; at += SUM_BYTES) {
        const sum = sums.readBigUInt64LE(at);
        if (sum !== 0n) yield { block: firstBlock + at / SUM_BYTES, sum };
      }
    }
  }

  /** The digest that the manifest keeps. */
  async root(): Promise<{ sha256: string; blocks: number }> {
    const root = new RootDigest();
    for await (const { firstBlock, sums } of this.pieces()) root.add(firstBlock, sums);
    return { sha256: root.hex(), blocks: root.blocks };
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #page(index: number): Buffer {
    let page = this.#pages.get(index);
    if (page) return page;
    page = this.#readPage(index);
    if (this.#pages.size >= CACHED_PAGES) this.#pages.delete(this.#pages.keys().next().value!);
    this.#pages.set(index, page);
    return page;
  }

  #readPage(index: number): Buffer {
    const page = Buffer.alloc(PAGE_BYTES);
    const position = sumPosition(index * PAGE_SUMS);
    const wanted = Math.min(PAGE_BYTES, fileBytes(this.sizeBytes) - position);
    for (let done = 0; done < wanted;) {
      let got: number;
      try {
        got = readSync(this.#file.fd, page, done, wanted - done, position + done);
      } catch (error) {
        throw mapFileError(error, this.path, 'read');
      }
      if (got === 0) this.#cut(position + done);
      done += got;
    }
    return page;
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw mapFileError(error, this.path, 'read');
    }
  }

  /** It was whole when it was opened. */
  #cut(at: number): never {
    return fail({
      code: 'checksums-damaged',
      message: `The checksum file ${this.path} was cut short at byte ${at} while it was read.`,
      nextStep: 'Restore this file from where it was copied, or export the disk again.',
    });
  }
}

/** As many bytes as there are, up to `length`: a single read may bring fewer than there are. */
async function readSome(file: FileHandle, into: Buffer, length: number, position: number): Promise<number> {
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(into, done, length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}
