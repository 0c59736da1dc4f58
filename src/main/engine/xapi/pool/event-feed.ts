import { FailureError, toFailure, type Failure } from '../../../../shared/model/failure';
import type { Clock } from '../clock';
import { unexpectedAnswer } from '../errors/call-failure';
import { eventBatchSchema, isCachedClass, type PoolEvent } from './records';
import type { RecordCache } from './record-cache';
import type { z } from 'zod';

type Batch = z.infer<typeof eventBatchSchema>;

/** Somebody waits until the feed has come so far. */
interface Barrier {
  readonly token: string;
  readonly pass: () => void;
}

export interface EventFeedOptions {
  /** Calls a XAPI method; rejects with a FailureError. `timeoutMilliseconds` bounds it. */
  readonly call: (
    method: string,
    parameters: readonly unknown[],
    timeoutMilliseconds: number,
  ) => Promise<unknown>;
  /** Logs in again if the session is gone for good. Rejects with a FailureError. */
  readonly reconnect: () => Promise<void>;
  readonly cache: RecordCache;
  /** One batch of events that belong together. */
  readonly onEvents: (events: readonly PoolEvent[]) => void;
  /** Everything was fetched anew; events of tasks until then may have been passed over. */
  readonly onAnew: () => void;
  readonly onLost: (failure: Failure) => void;
  readonly onFound: () => void;
  readonly clock: Clock;
  /** Ends the feed. */
  readonly signal: AbortSignal;
}

/** Fetched in this order, so that a record finds what it refers to. Each group has the pool, hence never waits. */
const GROUPS = [
  ['pool', 'host', 'host_metrics', 'network', 'PIF', 'SM', 'SR', 'PBD', 'message'],
  ['pool', 'VM'],
  ['pool', 'VDI'],
  ['pool', 'VBD'],
];
const CLASSES = [...new Set(GROUPS.flat()), 'task'];
const COUNTED = ['host', 'sr', 'pbd', 'vm', 'vdi', 'vbd'] as const;

/** Seconds. Not a whole number: XML-RPC would make an integer of it, and XAPI wants a float. */
const WAIT = 30.1;
const WAIT_LIMIT = 50_000;
const FETCH_LIMIT = 10 * 60_000;
/** Lets changes that belong together arrive together, unless somebody waits for them. */
const PAUSE = 100;
const LONGEST_BACK_OFF = 30_000;

/**
 * Follows a pool's changes with `event.from`, for ever: an error means that the pool is lost, and it is looked for
 * with growing pauses until it is back. Source: xen-api ocaml/xapi/xapi_event.ml.
 */
export class EventFeed {
  readonly #options: EventFeedOptions;
  /** Empty while nothing can be said of what the pool holds. */
  #token = '';
  #acceptedSkew = '';
  #barriers: Barrier[] = [];
  #pause = new AbortController();

  constructor(options: EventFeedOptions) {
    this.#options = options;
  }

  /** Fetches everything and starts to follow. Rejects with a FailureError. */
  async start(): Promise<void> {
    await this.#fetchAll();
    void this.#follow();
  }

  /** Resolves once every change up to `token` was handed on. */
  passed(token: string): Promise<void> {
    if (this.#token >= token) return Promise.resolve();
    this.hurry();
    return new Promise((pass) => this.#barriers.push({ token, pass }));
  }

  /** Somebody waits for what comes next: asks for it now. */
  hurry(): void {
    this.#pause.abort();
  }

  async #follow(): Promise<void> {
    const { clock, signal, onLost, onFound, reconnect } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      try {
        if (failures > 0) {
          await reconnect();
          await this.#fetchAll();
          failures = 0;
          onFound();
        }
        await this.#next();
        await this.#rest();
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        // A coordinator that crashed goes on with an older database, and its tokens go back.
        this.#token = '';
        const failure = toFailure(error);
        if (failure.code !== 'events-lost') onLost(failure);
        await clock.sleep(Math.min(LONGEST_BACK_OFF, 500 * 2 ** Math.min(failures, 10)), signal);
      }
    }
  }

  async #rest(): Promise<void> {
    const { clock, signal } = this.#options;
    if (this.#barriers.length > 0) return;
    const pause = new AbortController();
    const end = (): void => pause.abort();
    signal.addEventListener('abort', end);
    this.#pause = pause;
    await clock.sleep(signal.aborted ? 0 : PAUSE, pause.signal);
    signal.removeEventListener('abort', end);
  }

  async #next(): Promise<void> {
    const batch = await this.#from(CLASSES, this.#token, WAIT, WAIT_LIMIT);
    this.#options.onEvents(batch.events);
    this.#advance(batch.token);
    const skew = this.#skew(batch);
    if (skew !== '' && skew !== this.#acceptedSkew) {
      await this.#fetchAll();
      this.#acceptedSkew = skew;
    }
  }

  /** Everything anew; what the pool no longer names is dropped. */
  async #fetchAll(): Promise<void> {
    // All of them waited for less than what is fetched from now on, whatever the tokens are by now.
    const waiting = new Set(this.#barriers);
    let token: string | undefined;
    for (const classes of GROUPS) {
      const batch = await this.#from(classes, '', WAIT, FETCH_LIMIT);
      token ??= batch.token;
      const stale = classes.slice(1).flatMap((name) => this.#stale(name.toLowerCase(), batch));
      this.#options.onEvents([...stale, ...batch.events]);
    }
    this.#advance(token ?? '', waiting);
    this.#options.onAnew();
  }

  #stale(name: string, { events }: Batch): PoolEvent[] {
    if (!isCachedClass(name)) return [];
    const valid = new Set(events.filter((event) => event.class === name).map(({ ref }) => ref));
    const known = [...this.#options.cache.table(name).keys()];
    return known.filter((ref) => !valid.has(ref)).map((ref) => ({ class: name, operation: 'del', ref }));
  }

  /** A deletion that the events left out shows in the counts, for example after the toolstack restarted. */
  #skew({ valid_ref_counts: counts }: Batch): string {
    return COUNTED.flatMap((name) => {
      const difference = (counts[name] ?? 0) - this.#options.cache.table(name).size;
      return counts[name] === undefined || difference === 0 ? [] : `${name}${difference}`;
    }).join();
  }

  async #from(classes: readonly string[], token: string, wait: number, limit: number): Promise<Batch> {
    const answer = await this.#options.call('event.from', [classes, token, wait], limit);
    const batch = eventBatchSchema.safeParse(answer);
    if (batch.success) return batch.data;
    throw new FailureError(unexpectedAnswer('event.from', batch.error.message));
  }

  #advance(token: string, met: ReadonlySet<Barrier> = new Set()): void {
    this.#token = token;
    const hasPassed = (barrier: Barrier): boolean => met.has(barrier) || barrier.token <= token;
    const passed = this.#barriers.filter(hasPassed);
    this.#barriers = this.#barriers.filter((barrier) => !hasPassed(barrier));
    for (const { pass } of passed) pass();
  }
}
