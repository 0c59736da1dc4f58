import type { Extent } from '../../../../shared/blocks/extent';
import type { ImageFormat, ParentImage } from '../../image/types';
import type { ExpectedSums } from '../checksums/expected';
import type { KnownFile } from '../../block-io/known-file';
import type { CopyCheckpoint } from './copy';
import type { NbdTarget } from '../../nbd/target';

/** Everything a copy needs, as plain data: it travels to a worker by message. Targets hold secrets: never log one. */
export interface CopyRequest {
  readonly source: SourceSpec;
  /** The copy fails when the source has another size. */
  readonly expectedSizeBytes?: number;
  /** Ignored for a stream, which brings what it brings. */
  readonly extents: ExtentSpec;
  readonly target: {
    readonly format: ImageFormat;
    /** Must not exist; the caller renames it when all is well and removes it otherwise. */
    readonly path: string;
    readonly finalPath: string;
    /** Present for an increment. */
    readonly parent?: ParentImage;
    /** Of a VHD; the checksum file has it, too, so that it is not taken for another one's. */
    readonly uuid?: string;
    /** Everything is read and looked at, but nothing is written: tells how fast the source is. */
    readonly discard?: boolean;
  };
  /** Where the checksum file is written; absent: none is. */
  readonly checksumsPath?: string;
  /** The base's chain, newest first: changed blocks that equal it are left out. */
  readonly skipEqualTo?: readonly ChainImage[];
  /** A power of two from 64 KiB to 2 MiB; absent: chosen, and adapted to the server. */
  readonly requestBytes?: number;
  readonly limitBytesPerSecond?: number;
  /** Go on with the files of an earlier attempt, as far as they can be proved. */
  readonly resume?: ResumeSpec;
  /** Bytes between two checkpoints. */
  readonly checkpointBytes?: number;
}

export interface ResumeSpec {
  /** The last one that was written down; without it, only blocks that have a checksum can be proved. */
  readonly checkpoint?: CopyCheckpoint;
  /** The base's chain, newest first. */
  readonly base?: readonly ChainImage[];
}

export type SourceSpec =
  | {
      readonly kind: 'nbd';
      /** The same disk at several places; the first are preferred. */
      readonly targets: readonly NbdTarget[];
      /** Undefined: chosen by the engine. */
      readonly connections?: number;
      /** More are added, up to so many, while each makes reading faster; absent: none are. */
      readonly mostConnections?: number;
      /** The host is shared with other copies: each connection beyond the first ones is asked for. */
      readonly shared?: boolean;
      /** Nobody writes to the disk, so several connections are safe though the server does not say so. */
      readonly multiConn?: boolean;
      /** A pool's host: several connections are safe though it does not say so, and it reads whole 512-byte sectors. */
      readonly poolHost?: boolean;
      /** Only this range of it is read, as if it were a disk of its own. In bytes. */
      readonly part?: Extent;
    }
  | {
      readonly kind: 'chain';
      /** Newest first, down to the full. */
      readonly images: readonly ChainImage[];
    }
  | {
      /** A host streams the disk; the chunks come from the main thread, which holds the session. */
      readonly kind: 'stream';
      readonly format: 'raw' | 'vhd';
      readonly sizeBytes: number;
    };

export interface ChainImage extends ExpectedSums {
  readonly path: string;
  readonly format: ImageFormat;
}

export type ExtentSpec =
  /** The whole disk, or only what the source says is in use, where it can tell. */
  | { readonly kind: 'used' }
  | { readonly kind: 'all' }
  /** One bit per 64 KiB block, most significant first. */
  | {
      readonly kind: 'changed';
      readonly bitmap: Uint8Array;
      /** The worker gets its memory, so that there is no second copy: whoever asked for the copy finds nothing there. */
      readonly handOver?: true;
    }
  /** Pairs of offset and length in bytes, ascending. */
  | { readonly kind: 'list'; readonly pairs: Float64Array };

export interface CopyOutcome {
  readonly sizeBytes: number;
  /** Bytes named by the extents. */
  readonly changedBytes: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly zeroBytes: number;
  readonly equalBytes: number;
  readonly connections: number;
  readonly seconds: number;
  readonly checksums: { readonly sha256: string; readonly blocks: number } | undefined;
  /** What was written: image and checksums. */
  readonly files: readonly KnownFile[];
}
