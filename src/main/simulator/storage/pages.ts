import type { Extent } from '../../../shared/blocks/extent';

/** Bytes per page: the same granularity as changed block tracking. */
export const PAGE_BYTES = 65_536;
/** Smallest unit a guest can write. */
export const SECTOR_BYTES = 512;
const SECTORS = PAGE_BYTES / SECTOR_BYTES;

/**
 * One page of a disk that was written. Sectors that were never written still belong to the base image, so that
 * writing never has to wait for the base to be read.
 */
export class Page {
  readonly data: Buffer;
  /** One flag per written sector; undefined once all of them are. */
  #written: Uint8Array | undefined;

  private constructor(data: Buffer, written: Uint8Array | undefined) {
    this.data = data;
    this.#written = written;
  }

  /** Reads as zeros throughout. Shared: whoever wants to write into it copies it first. */
  static readonly zeros = new Page(Buffer.alloc(PAGE_BYTES), undefined);

  static blank(): Page {
    return new Page(Buffer.alloc(PAGE_BYTES), new Uint8Array(SECTORS));
  }

  copy(): Page {
    return new Page(Buffer.from(this.data), this.#written && new Uint8Array(this.#written));
  }

  /** Stores bytes at `at` within the page; without bytes, zeros. Both ends lie on sector borders. */
  store(at: number, length: number, bytes?: Buffer): void {
    if (bytes) bytes.copy(this.data, at);
    else this.data.fill(0, at, at + length);
    if (!this.#written) return;
    this.#written.fill(1, at / SECTOR_BYTES, (at + length) / SECTOR_BYTES);
    if (!this.#written.includes(0)) this.#written = undefined;
  }

  /** Nothing of the base image shows through. */
  get isComplete(): boolean {
    return this.#written === undefined;
  }

  /** Lays the written part of `[at, at + length)` over `target[start…]`, which holds what the base has there. */
  overlay(target: Buffer, start: number, at: number, length: number): void {
    if (!this.#written) {
      this.data.copy(target, start, at, at + length);
      return;
    }
    for (let done = 0; done < length;) {
      const position = at + done;
      const part = Math.min(length - done, SECTOR_BYTES - (position % SECTOR_BYTES));
      if (this.#written[Math.floor(position / SECTOR_BYTES)] === 1) {
        this.data.copy(target, start + done, position, position + part);
      }
      done += part;
    }
  }
}

/** Page indexes in any order as merged byte extents, clamped to the disk. */
export function pageExtents(pages: Iterable<number>, sizeBytes: number): Extent[] {
  const extents: { offset: number; length: number }[] = [];
  for (const page of [...pages].sort((a, b) => a - b)) {
    const offset = page * PAGE_BYTES;
    const length = Math.min(PAGE_BYTES, sizeBytes - offset);
    const last = extents.at(-1);
    if (last && last.offset + last.length === offset) last.length += length;
    else if (length > 0) extents.push({ offset, length });
  }
  return extents;
}
