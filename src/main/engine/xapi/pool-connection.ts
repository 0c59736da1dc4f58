import type { z } from 'zod';
import type { ConnectionState, Inventory, InventoryPatch } from '../../../shared/model/inventory';
import type { Failure } from '../../../shared/model/failure';
import type { Result } from '../../../shared/model/result';
import type { DiskFacts } from '../../../shared/preflight/facts';
import type { NbdTarget } from './pool/nbd-targets';
import type { OurObject } from './pool/our-objects';
import type { UnprovedObject } from './pool/unproved-objects';
import type { PoolTask } from './pool/pool-task';
import type { DiskTransfers } from './raw/raw-disk';
import type { RawSession } from './raw/raw-session';

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds. Fails with `call-timeout`; the pool may still do what it was asked. */
  readonly timeout?: number;
}

export interface AsyncCallOptions extends CallOptions {
  /**
   * The task makes something: its end is awaited even when cancelling does not stop it, however long it takes, so that
   * the caller can undo it. While the pool is away this fails as the pool does, and whether it was made is unknown.
   */
  readonly creates?: boolean;
}

/** The state of the connection, with the reason when it was lost or refused. */
export interface ConnectionChange {
  readonly state: ConnectionState;
  readonly failure?: Failure;
}

/**
 * A live connection to a pool. It stays usable through expired sessions and lost networks: while the pool is away,
 * calls fail with `pool-unreachable` and `inventory` shows the last known state.
 */
export interface PoolConnection extends DiskTransfers {
  readonly poolUuid: string;
  /** `https://host[:port]` of the pool's master. */
  readonly url: string;
  /** Whose session it is. */
  readonly user: string;
  /** SHA-256 of the pinned certificate, `AA:BB:…`. */
  readonly fingerprint: string;
  readonly state: ConnectionState;
  /** Aborts when the connection is closed and will not come back. */
  readonly closed: AbortSignal;
  /** For transfers of another thread. */
  readonly rawSession: RawSession;

  /** The pool as it is now, kept current by events. The same object until something changes. */
  inventory(): Inventory;
  /** Calls the listener with every change, several events at a time. Returns how to stop it. */
  onInventoryChanged(listener: (patch: InventoryPatch) => void): () => void;
  /** What the inventory does not show about a disk or snapshot; undefined if the pool has no such disk. */
  diskFacts(uuid: string): DiskFacts | undefined;
  /** Everything on the pool that Deltascope made, as of the last event. */
  ourObjects(): OurObject[];
  /** What it probably made as well, without a proof: never to be touched. */
  unprovedObjects(): UnprovedObject[];
  /** Resolves once the inventory holds everything that happened on the pool before this call. */
  refresh(options?: CallOptions): Promise<Result<void>>;

  /** Calls a XAPI method; the session is added. References go in and out: see `reference`. */
  call<T>(
    schema: z.ZodType<T>,
    method: string,
    parameters: readonly unknown[],
    options?: CallOptions,
  ): Promise<Result<T>>;
  /**
   * Runs `Async.<method>` as a task of the pool and waits for its result, however long it takes. The result is a
   * string or a reference; empty for methods without one. When the signal aborts, the task is cancelled and awaited;
   * a task that finished all the same returns its result.
   */
  callAsync<T>(
    schema: z.ZodType<T>,
    method: string,
    parameters: readonly unknown[],
    options?: AsyncCallOptions,
  ): Promise<Result<T>>;
  /** The reference of an object. Fails with `object-gone`. */
  reference(
    className: 'VDI' | 'VM' | 'SR' | 'VBD' | 'host' | 'network' | 'task',
    uuid: string,
  ): Promise<Result<string>>;

  /** Where a snapshot can be read over NBD, best first, never empty. Fails with `no-nbd-network`. */
  nbdTargets(vdiUuid: string): Promise<Result<NbdTarget[]>>;
  createTask(name: string, description: string): Promise<Result<PoolTask>>;

  /** Logs out and closes everything. Pending calls fail with `pool-disconnected`. */
  close(): Promise<void>;
}
