import type { Failure } from '../../../../shared/model/failure';
import type { NbdTarget } from '../../nbd/target';
import type { BlockReport } from './block-progress';
import type { CopyCheckpoint } from './copy';
import type { CopyOutcome, CopyRequest } from './request';

/** What the main thread says to a copy worker. */
export type ToWorker =
  | {
      readonly type: 'start';
      readonly request: CopyRequest;
      readonly counters: SharedArrayBuffer;
      /** Targets expire, and fresh ones can be asked for; otherwise those of the request stay good. */
      readonly canRefresh: boolean;
    }
  | { readonly type: 'cancel' | 'pause' | 'resume' }
  | { readonly type: 'limit'; readonly bytesPerSecond: number | undefined }
  /** The answer to `targets-wanted`. */
  | { readonly type: 'targets'; readonly targets: readonly NbdTarget[] }
  | { readonly type: 'no-targets'; readonly failure: Failure }
  /** The answer to `connection-wanted`. */
  | { readonly type: 'connection-answer'; readonly granted: boolean }
  /** Part of a streamed disk. */
  | { readonly type: 'chunk'; readonly bytes: Uint8Array }
  /** The stream is over; with a failure, it is not whole. */
  | { readonly type: 'chunks-end'; readonly failure?: Failure };

/** What a copy worker says to the main thread. */
export type FromWorker =
  | { readonly type: 'log'; readonly level: 'info' | 'warn'; readonly text: string }
  | { readonly type: 'checkpoint'; readonly checkpoint: CopyCheckpoint }
  /** An export name is good for one session only: a reconnection needs fresh ones. */
  | { readonly type: 'targets-wanted' }
  /** One more connection to the host, of those that all copies share; or one fewer. */
  | { readonly type: 'connection-wanted' | 'connection-returned' }
  /** A chunk of the stream has been used up. */
  | { readonly type: 'chunk-taken'; readonly bytes: number }
  | { readonly type: 'blocks'; readonly report: BlockReport }
  | { readonly type: 'connected' }
  | { readonly type: 'flushing' }
  | { readonly type: 'done'; readonly outcome: CopyOutcome }
  | { readonly type: 'failed'; readonly failure: Failure };
