import type { BlockSink, BlockSource } from '../block-io/types';

export type ImageFormat = 'raw' | 'vhd' | 'qcow2';

/** How an image names its parent in its own metadata. */
export interface ParentLink {
  /** Path as stored in the file, usually relative to the image's folder; undefined if only the uuid is stored. */
  readonly path: string | undefined;
  /** VHD: the parent footer's uuid (lower-case, with dashes). */
  readonly uuid: string | undefined;
  /** qcow2: the backing format, when stored. */
  readonly format: string | undefined;
  /** VHD: further paths (locators, name) to try when `path` leads nowhere, best first. */
  readonly alternatives?: readonly string[];
}

/** A range that the file itself answers for; ranges that are not listed belong to the parent, or read as zeros. */
export interface StoredExtent {
  readonly offset: number;
  readonly length: number;
  readonly kind: 'data' | 'zero';
}

/** An open image file. `read` answers through the parent source given at opening, if any. */
export interface ImageReader extends BlockSource {
  readonly format: ImageFormat;
  readonly path: string;
  readonly parentLink: ParentLink | undefined;
  /** VHD: the footer's uuid. */
  readonly uuid: string | undefined;
  /** What this file itself stores, ascending and merged. Iterates; memory stays flat. */
  stored(): AsyncIterable<StoredExtent>;
  /**
   * Checks the structure: headers, tables, no two blocks in one place, nothing beyond the file's end.
   * Returns one finding per fault with the file offset; an empty list means sound.
   */
  check(): Promise<ImageFault[]>;
}

export interface ImageFault {
  /** Byte offset in the file where the fault lies. */
  readonly fileOffset: number;
  readonly message: string;
}

/** The image that an increment builds on. */
export interface ParentImage {
  /** Absolute path. */
  readonly path: string;
  readonly format: ImageFormat;
  /** VHD: uuid and timestamp (seconds since 2000-01-01 UTC) of the parent's footer. */
  readonly uuid?: string;
  readonly timestamp?: number;
  readonly sizeBytes: number;
}

export interface CreateImageOptions {
  /** Where the file is written; it must not exist. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Present for an increment. Stored as a path relative to `finalPath`. */
  readonly parent?: ParentImage;
  /** The name the file will have once complete; links to the parent are made relative to its folder. */
  readonly finalPath: string;
  /** VHD: uuid of the new image; random when absent. */
  readonly uuid?: string;
  /** How block data is written; `auto` when absent. */
  readonly writes?: WriteMode;
}

/**
 * `sync`: each write finishes before it returns (fastest in a worker on a fast target); `parallel`: writes go through
 * the thread pool and may overlap (a target with latency, or a thread that has other work); `auto`: the first until a
 * write takes long, then the second for a while.
 */
export type WriteMode = 'auto' | 'sync' | 'parallel';

/** How much of a range the file itself answers for. */
export type Held = 'all' | 'some' | 'none';

/**
 * An unfinished image that is written on. What it already holds can be read back, so that it can be proved before it
 * counts; ranges that turn out wrong are simply written again.
 */
export interface ResumedSink extends BlockSink {
  /** By the image's own tables; the range does not cross a 2 MiB boundary. */
  holds(offset: number, length: number): Held;
  /** Fills `memory[start, start + length)` with what the file holds; zeros where it holds nothing. */
  readBack(offset: number, memory: Buffer, start: number, length: number): void;
  /** False: the file system does not tell of holes. Only where tables do not say it. */
  readonly knowsHoles?: boolean;
  /** The file system tells of a hole: zeros without a look. Only where tables do not say it. */
  isHole?(offset: number, length: number): boolean;
  /** Everything from this disk offset on becomes as if it had never been written. Only where tables do not say it. */
  forget?(from: number): void;
}
