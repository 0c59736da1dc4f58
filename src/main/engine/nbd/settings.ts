import type { Failure } from '../../../shared/model/failure';
import type { Result } from '../../../shared/model/result';
import type { ReceivePath } from './byte-receiver';
import type { NbdTarget } from './target';

export interface OpenNbdOptions {
  /** The same disk on different hosts or addresses, tried in this order. */
  readonly targets: readonly NbdTarget[];
  /** Wanted number of connections; opened one after another. Default 2. */
  readonly connections?: number;
  /** Use several connections although the server does not promise that this is safe (a host's read-only snapshot is). */
  readonly multiConnWithoutFlag?: boolean;
  /** Reads are widened to multiples of this, in bytes (power of two); 512 for a pool's host. Default: what the server names. */
  readonly minimumBlockSize?: number;
  /**
   * Asked before each reconnection, because a pool's export names end with their session. Gives one target or
   * several to try in order.
   */
  readonly refreshTarget?: () => Promise<Result<NbdTarget | readonly NbdTarget[]>>;
  /** Limit for the greeting and for the TLS handshake, and for connecting where that is less. Default 15 s. */
  readonly connectTimeoutMs?: number;
  /** Limit for a host to take a connection: one that is down takes none. Default 4 s. */
  readonly reachTimeoutMs?: number;
  /**
   * Silence of a connection, while reads wait, after which its host is asked for another one; a host that takes none is
   * down, and its reads go elsewhere. Never asked when absent: a server for one client would count the question.
   */
  readonly knockAfterMs?: number;
  /** Limit for each answer while the export is opened: attaching a disk takes a host seconds. Default 60 s. */
  readonly handshakeTimeoutMs?: number;
  /** Longest silence of a connection while reads wait. Default 60 s. */
  readonly requestTimeoutMs?: number;
  /** How often a read, or a reconnection, is tried before it fails. Default 6: about a minute. */
  readonly maxAttempts?: number;
  /**
   * How long the first connection waits, in milliseconds, for a server that turns clients away because it is busy: a host
   * with all its connections in use, or a disk that is being attached elsewhere. Default 0.
   */
  readonly busyPatienceMs?: number;
  /** Where all connections of the host are in use, the first one waits until there is one, or the signal ends it. */
  readonly waitWhileFull?: boolean;
  /** How often the first connection is tried again when it is broken off while it is being set up. Default 0. */
  readonly breaksBorne?: number;
  /** Waits between attempts; replaced in tests. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Ends everything with `nbd-cancelled`. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: NbdEvent) => void;
}

export type NbdEvent =
  | { readonly kind: 'connected' | 'reconnected' | 'removed'; readonly where: string }
  | { readonly kind: 'lost' | 'gave-up' | 'busy'; readonly failure: Failure }
  | {
      readonly kind: 'retry';
      readonly offset: number;
      readonly length: number;
      readonly attempt: number;
      readonly failure: Failure;
    };

export interface NbdConnectionStats {
  readonly where: string;
  readonly inFlight: number;
  readonly requests: number;
  readonly bytesRead: number;
  readonly receivePath: ReceivePath;
}

export interface NbdStats {
  /** Bytes of the disk that reads were answered with, by all connections so far, retries included. */
  readonly bytesRead: number;
  readonly retries: number;
  readonly reconnects: number;
  readonly connectionsLive: number;
  readonly lastFailure: Failure | undefined;
  readonly connections: readonly NbdConnectionStats[];
}
