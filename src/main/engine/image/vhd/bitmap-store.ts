import type { OutputFile } from '../output-file';
import { BITMAP_BYTES } from './constants';

/** 4096 bitmaps are 2 MiB of memory and reach over 8 GiB of disk. */
const KEPT = 4096;

interface Kept {
  readonly bitmap: Buffer;
  changed: boolean;
}

/**
 * Sector bitmaps of an increment being written, by their file offset. The least recently used ones live in the file
 * alone, so memory stays bounded however many blocks are touched and in whatever order.
 */
export class BitmapStore {
  readonly #kept = new Map<number, Kept>();
  /** Memory of the bitmap that was let go last, for the next one. */
  #spare: Buffer | undefined;

  constructor(
    private readonly file: OutputFile,
    private readonly capacity = KEPT,
  ) {}

  /** Starts an empty bitmap for a block that is new in the file. */
  add(fileOffset: number): void {
    this.#keep(fileOffset, { bitmap: this.#takeMemory().fill(0), changed: true });
  }

  /** The bitmap, to be changed in place. */
  change(fileOffset: number): Buffer {
    const kept = this.#take(fileOffset);
    kept.changed = true;
    return kept.bitmap;
  }

  /** The bitmap, to be looked at. */
  look(fileOffset: number): Buffer {
    return this.#take(fileOffset).bitmap;
  }

  #take(fileOffset: number): Kept {
    const kept = this.#kept.get(fileOffset) ?? this.#load(fileOffset);
    this.#kept.delete(fileOffset);
    this.#keep(fileOffset, kept);
    return kept;
  }

  flush(): void {
    for (const [fileOffset, kept] of this.#kept) this.#store(fileOffset, kept);
  }

  #keep(fileOffset: number, kept: Kept): void {
    this.#kept.set(fileOffset, kept);
    if (this.#kept.size <= this.capacity) return;
    const [oldest] = this.#kept;
    this.#store(...oldest);
    this.#kept.delete(oldest[0]);
    this.#spare = oldest[1].bitmap;
  }

  #takeMemory(): Buffer {
    const memory = this.#spare ?? Buffer.allocUnsafeSlow(BITMAP_BYTES);
    this.#spare = undefined;
    return memory;
  }

  #load(fileOffset: number): Kept {
    const bitmap = this.#takeMemory();
    this.file.readNow(bitmap, 0, BITMAP_BYTES, fileOffset);
    return { bitmap, changed: false };
  }

  #store(fileOffset: number, kept: Kept): void {
    if (kept.changed) this.file.writeNow(kept.bitmap, 0, BITMAP_BYTES, fileOffset);
    kept.changed = false;
  }
}
