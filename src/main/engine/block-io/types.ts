import type { BlockBuffer } from './block-buffer';
import type { KnownFile } from './known-file';

/**
 * Something that can be read like a disk: an NBD export, an image file, a chain of images.
 * Reads may be in flight at the same time; each uses its own buffer. Offsets and lengths are in bytes.
 */
export interface BlockSource {
  readonly sizeBytes: number;
  /**
   * Reads exactly `[offset, offset + length)` into the buffer's payload and sets its `offset` and `length`.
   * `length` is at most the buffer's capacity and the range lies on the disk.
   * @throws FailureError when the range cannot be read.
   */
  read(into: BlockBuffer, offset: number, length: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * An image being written. Ranges may arrive in any order but never twice; what is never written reads as zeros
 * (full image) or as the parent (increment). A write never crosses a 2 MiB boundary of the disk.
 * Calls may overlap; a call that returns no promise has finished.
 */
export interface BlockSink {
  /** Stores `memory[start, start + length)` at disk offset `offset`. */
  write(offset: number, memory: Buffer, start: number, length: number): Promise<void> | undefined;
  /**
   * The range reads as zeros from now on. In an increment this hides the parent's data, so it must be recorded;
   * in a full image it may stay a hole.
   */
  zero(offset: number, length: number): Promise<void> | undefined;
  /** Everything accepted so far survives a power cut when this resolves. */
  sync(): Promise<void>;
  /** Completes the metadata, makes it durable and closes the file. Returns which file that was; none if nothing is kept. */
  finish(): Promise<KnownFile | undefined>;
  /** Closes without completing. The caller removes the file. Safe to call twice and after `finish`. */
  abort(): Promise<void>;
  /** Bytes of payload stored in the file so far (holes and metadata not counted). */
  readonly bytesStored: number;
}
