import { setMaxListeners } from 'node:events';
import { z } from 'zod';
import { FailureError, type Failure } from '../../../shared/model/failure';
import type { ConnectionState, InventoryPatch } from '../../../shared/model/inventory';
import { attempt, type Result } from '../../../shared/model/result';
import type { Clock } from './clock';
import { callFailure, cancelled, poolDisconnected, unexpectedAnswer } from './errors/call-failure';
import type { AsyncCallOptions, CallOptions, ConnectionChange, PoolConnection } from './pool-connection';
import { runAsync } from './pool/async-call';
import { diskFacts } from './pool/disk-facts';
import { EventFeed } from './pool/event-feed';
import { InventoryTracker } from './pool/inventory-tracker';
import { nbdInfoSchema, nbdTargets } from './pool/nbd-targets';
import { ourObjects } from './pool/our-objects';
import { createPoolTask } from './pool/pool-task';
import { RecordCache } from './pool/record-cache';
import type { PoolEvent } from './pool/records';
import { TaskWatcher } from './pool/task-watcher';
import { unprovedObjects } from './pool/unproved-objects';
import {
  exportRawDisk,
  importRawDisk,
  type RawDiskParts,
  type RawExportRequest,
  type RawImportRequest,
} from './raw/raw-disk';
import { rawSession, type RawSession } from './raw/raw-session';
import type { XapiClient } from './transport/client';
import { withLimits } from './with-limits';

export interface LiveConnectionOptions {
  readonly client: XapiClient;
  readonly user: string;
  readonly fingerprint: string;
  readonly clock: Clock;
  readonly onStateChange: ((change: ConnectionChange) => void) | undefined;
}

/** Trying again cannot help, and would lock an account or talk to a stranger. */
const FINAL_FAILURES = new Set(['login-failed', 'certificate-changed']);

/** {@link PoolConnection} over one session: puts the client, the event feed, the inventory and the tasks together. */
export class LiveConnection implements PoolConnection {
  readonly url: string;
  readonly user: string;
  readonly fingerprint: string;
  readonly #client: XapiClient;
  readonly #clock: Clock;
  readonly #onStateChange: ((change: ConnectionChange) => void) | undefined;
  readonly #cache = new RecordCache();
  readonly #tracker = new InventoryTracker(this.#cache);
  readonly #tasks: TaskWatcher;
  readonly #feed: EventFeed;
  readonly #closing = new AbortController();
  readonly #listeners = new Set<(patch: InventoryPatch) => void>();
  #state: ConnectionState = 'connecting';
  readonly rawSession: RawSession;

  static async open(options: LiveConnectionOptions): Promise<LiveConnection> {
    const connection = new LiveConnection(options);
    try {
      await connection.#feed.start();
    } catch (error) {
      await connection.close();
      throw error;
    }
    connection.#setState({ state: 'connected' });
    return connection;
  }

  private constructor({ client, user, fingerprint, clock, onStateChange }: LiveConnectionOptions) {
    setMaxListeners(0, this.#closing.signal);
    this.url = client.address.origin;
    this.user = user;
    this.fingerprint = fingerprint;
    this.#client = client;
    this.#clock = clock;
    this.#onStateChange = onStateChange;
    this.#tasks = new TaskWatcher((ref) => this.#call('task.get_record', [ref]), clock);
    this.rawSession = rawSession({
      id: () => client.sessionId,
      call: (method, parameters) => this.#call(method, parameters),
      tasks: this.#tasks,
      cache: this.#cache,
    });
    this.#feed = new EventFeed({
      call: (method, parameters, timeout) => this.#call(method, parameters, { timeout }),
      reconnect: () => client.connect().catch((error: unknown) => this.#fail(error, 'the login')),
      cache: this.#cache,
      onEvents: (events) => this.#take(events),
      onLost: (failure) => void this.#lost(failure),
      onAnew: () => this.#tasks.recheck(),
      onFound: () => this.#setState({ state: 'connected' }),
      clock,
      signal: this.#closing.signal,
    });
  }

  get poolUuid(): string {
    return this.inventory().poolUuid;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  inventory() {
    return this.#tracker.inventory();
  }

  onInventoryChanged(listener: (patch: InventoryPatch) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  ourObjects() {
    return ourObjects(this.#cache);
  }

  unprovedObjects() {
    return unprovedObjects(this.#cache);
  }

  diskFacts(uuid: string) {
    return diskFacts(this.#cache, uuid);
  }

  refresh(options: CallOptions = {}): Promise<Result<void>> {
    return attempt(async () => {
      const [pool] = this.#cache.table('pool').keys();
      const token = await this.#call('event.inject', ['pool', pool], options);
      if (typeof token !== 'string') throw new FailureError(unexpectedAnswer('event.inject'));
      await this.#limited(this.#feed.passed(token), 'event.from', options);
    });
  }

  async call<T>(
    schema: z.ZodType<T>,
    method: string,
    parameters: readonly unknown[],
    options: CallOptions = {},
  ): Promise<Result<T>> {
    return attempt(async () => read(schema, method, await this.#call(method, parameters, options)));
  }

  async callAsync<T>(
    schema: z.ZodType<T>,
    method: string,
    parameters: readonly unknown[],
    { timeout, ...options }: AsyncCallOptions = {},
  ): Promise<Result<T>> {
    return attempt(async () => {
      const parts = {
        call: (name: string, values: readonly unknown[]) => this.#call(name, values),
        tasks: this.#tasks,
        clock: this.#clock,
      };
      const limits = timeout === undefined ? {} : { timeout };
      return read(
        schema,
        method,
        await this.#limited(runAsync(parts, method, parameters, options), method, limits),
      );
    });
  }

  reference(className: string, uuid: string): Promise<Result<string>> {
    return this.call(z.string(), `${className}.get_by_uuid`, [uuid]);
  }

  async nbdTargets(vdiUuid: string) {
    const vdi = await this.reference('VDI', vdiUuid);
    if (!vdi.ok) return vdi;
    const info = await this.call(nbdInfoSchema, 'VDI.get_nbd_info', [vdi.value]);
    return info.ok ? nbdTargets(info.value, vdiUuid, this.inventory().nbdAccess, this.#cache) : info;
  }

  createTask(name: string, description: string) {
    return createPoolTask((method, parameters) => this.#call(method, parameters), name, description);
  }

  exportRawVdi(request: RawExportRequest) {
    return exportRawDisk(this.#rawParts(), request);
  }

  importRawVdi(request: RawImportRequest) {
    return importRawDisk(this.#rawParts(), request);
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#tasks.abandon(poolDisconnected);
    await this.#client.close();
    this.#setState({ state: 'disconnected' });
  }

  #rawParts(): RawDiskParts {
    const { address, dispatcher } = this.#client;
    const route = { address, dispatcher, release: () => Promise.resolve() };
    return { route, session: this.rawSession };
  }

  /** @throws FailureError */
  async #call(method: string, parameters: readonly unknown[], options: CallOptions = {}): Promise<unknown> {
    if (this.#closing.signal.aborted) throw new FailureError(poolDisconnected);
    try {
      return await this.#limited(this.#client.call(method, parameters), method, options);
    } catch (error) {
      return this.#fail(error, method);
    }
  }

  #limited<T>(work: Promise<T>, method: string, { signal, timeout }: CallOptions): Promise<T> {
    return withLimits(work, {
      method,
      ...(timeout === undefined ? {} : { timeout }),
      signals: [this.#closing.signal, ...(signal ? [signal] : [])],
      aborted: () => (this.#closing.signal.aborted ? poolDisconnected : cancelled),
    });
  }

  #fail(error: unknown, method: string): never {
    // Without the cause: the library's errors carry the call's arguments, and with them the session.
    throw new FailureError(callFailure(error, method, this.url));
  }

  #take(events: readonly PoolEvent[]): void {
    for (const event of events) {
      if (event.class === 'task') this.#tasks.apply(event);
      else this.#tracker.apply(event);
    }
    const patch = this.#tracker.flush();
    if (patch) for (const listener of this.#listeners) listener(patch);
  }

  async #lost(failure: Failure): Promise<void> {
    if (!FINAL_FAILURES.has(failure.code)) {
      this.#setState({ state: 'lost', failure });
      return;
    }
    this.#closing.abort();
    this.#tasks.abandon(failure);
    this.#setState({ state: 'disconnected', failure });
    await this.#client.close();
  }

  #setState(change: ConnectionChange): void {
    if (change.state === this.#state) return;
    this.#state = change.state;
    this.#onStateChange?.(change);
  }
}

function read<T>(schema: z.ZodType<T>, method: string, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new FailureError(unexpectedAnswer(method, parsed.error.message));
}
