import { FailureError, toFailure, type Failure } from '../../../shared/model/failure';
import { backOffMs, sleep as realSleep } from './back-off';
import type { NbdConnection } from './connection';
import { Connector, isAway } from './connector';
import { isBrokenOff, isBusy, isFull, isTransient, nbdFailures } from './failures';
import type { NbdStats, OpenNbdOptions } from './settings';

interface Waiter {
  resolve(connection: NbdConnection): void;
  reject(error: FailureError): void;
}

/** Keeps the wanted number of connections alive and hands out the least busy one. */
export class ConnectionPool {
  private readonly options: OpenNbdOptions;
  private readonly connector: Connector;
  private readonly live = new Set<NbdConnection>();
  private readonly waiters = new Set<Waiter>();
  private readonly stopped = new AbortController();
  private readonly maxAttempts: number;
  /** Connections being replaced at the moment. */
  private replacing = 0;
  /** Connections in a row that were lost before they delivered anything. */
  private fruitless = 0;
  private dead: Failure | undefined;
  private bytesOfGone = 0;
  private reconnects = 0;
  private retries = 0;
  private lastFailure: Failure | undefined;

  constructor(options: OpenNbdOptions) {
    this.options = options;
    this.maxAttempts = options.maxAttempts ?? 6;
    this.connector = new Connector(options, this.stopped.signal);
    const cancel = (): void => void this.close(nbdFailures.cancelled());
    options.signal?.addEventListener('abort', cancel, { once: true });
    this.stopped.signal.addEventListener('abort', () => options.signal?.removeEventListener('abort', cancel));
    if (options.signal?.aborted) cancel();
  }

  /**
   * Opens the first connection; a busy server is asked again, for fresh targets, until patience is over, and one that
   * breaks off a few times.
   * @throws FailureError
   */
  async first(): Promise<NbdConnection> {
    let left = this.options.busyPatienceMs ?? 0;
    let breaks = this.options.breaksBorne ?? 0;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.add(attempt > 1);
      } catch (error) {
        const failure = toFailure(error);
        if (this.dead) throw error;
        if (isBrokenOff(failure)) {
          if (breaks-- <= 0) throw error;
        } else if (!isBusy(failure)) throw error;
        else if (!this.options.waitWhileFull || !isFull(failure)) {
          if (left <= 0) throw error;
          left -= backOffMs(attempt);
        }
        this.options.onEvent?.({ kind: 'busy', failure });
      }
      await this.pause(attempt);
    }
  }

  /** Opens one more connection; `fresh` asks for fresh targets first. @throws FailureError */
  async add(fresh = false): Promise<NbdConnection> {
    this.throwIfDead();
    const connection = await this.connector.connect(fresh);
    await this.admit(connection, 'connected');
    return connection;
  }

  /** Lets the least busy connection finish its requests and closes it; the last one stays. */
  async remove(): Promise<boolean> {
    const connection = this.live.size > 1 ? this.leastBusy() : undefined;
    if (!connection) return false;
    this.retire(connection);
    this.options.onEvent?.({ kind: 'removed', where: connection.where });
    await connection.idle();
    await connection.close();
    return true;
  }

  /**
   * The live connection with the fewest requests in flight, rather not `avoid`; waits while all are being replaced.
   * @throws FailureError when there is none and will be none
   */
  acquire(avoid?: NbdConnection): Promise<NbdConnection> {
    const connection = this.leastBusy(avoid) ?? this.leastBusy();
    if (connection) return Promise.resolve(connection);
    if (this.dead) return Promise.reject(new FailureError(this.dead));
    return new Promise<NbdConnection>((resolve, reject) => this.waiters.add({ resolve, reject }));
  }

  /** Runs `work` on a connection and, when it fails for a passing reason, again on another. @throws FailureError */
  async retrying<T>(
    range: { offset: number; length: number },
    work: (connection: NbdConnection) => Promise<T>,
  ): Promise<T> {
    let connection = this.leastBusy() ?? (await this.acquire());
    for (let attempt = 1; ; attempt++) {
      try {
        return await work(connection);
      } catch (error) {
        const failure = toFailure(error);
        if (this.dead) throw new FailureError(this.dead, { cause: error });
        if (!isTransient(failure) || attempt >= this.maxAttempts)
          throw new FailureError(inPlace(failure, range, attempt), { cause: error });
        this.retries++;
        this.lastFailure = failure;
        this.options.onEvent?.({ kind: 'retry', ...range, attempt, failure });
        // A lost connection is replaced with pauses of its own; an error of the disk needs one here.
        if (this.live.has(connection)) await this.pause(attempt);
        connection = await this.acquire(connection);
      }
    }
  }

  /** Closes every connection; requests in flight and waiting ones are rejected with `failure`. */
  async close(failure: Failure = nbdFailures.closed()): Promise<void> {
    this.giveUp(failure);
    const connections = [...this.live];
    for (const connection of connections) this.retire(connection);
    await Promise.all(connections.map((connection) => connection.close(failure)));
  }

  get stats(): NbdStats {
    const connections = [...this.live].map((connection) => ({
      where: connection.where,
      inFlight: connection.inFlight,
      requests: connection.requests,
      bytesRead: connection.bytesRead,
      receivePath: connection.receivePath,
    }));
    return {
      bytesRead: connections.reduce((sum, { bytesRead }) => sum + bytesRead, this.bytesOfGone),
      retries: this.retries,
      reconnects: this.reconnects,
      connectionsLive: connections.length,
      lastFailure: this.lastFailure,
      connections,
    };
  }

  private leastBusy(avoid?: NbdConnection): NbdConnection | undefined {
    let best: NbdConnection | undefined;
    for (const connection of this.live)
      if (connection !== avoid && (!best || connection.inFlight < best.inFlight)) best = connection;
    return best;
  }

  private async admit(connection: NbdConnection, kind: 'connected' | 'reconnected'): Promise<void> {
    if (this.dead) {
      await connection.close();
      throw new FailureError(this.dead);
    }
    connection.onLost = (failure) => {
      this.lost(connection, failure);
    };
    this.live.add(connection);
    this.options.onEvent?.({ kind, where: connection.where });
    for (const waiter of this.waiters) waiter.resolve(this.leastBusy() ?? connection);
    this.waiters.clear();
  }

  private retire(connection: NbdConnection): void {
    if (this.live.delete(connection)) this.bytesOfGone += connection.bytesRead;
  }

  private lost(connection: NbdConnection, failure: Failure): void {
    if (!this.live.has(connection)) return;
    this.retire(connection);
    this.lastFailure = failure;
    this.fruitless = connection.bytesRead > 0 ? 0 : this.fruitless + 1;
    if (isAway(failure)) this.connector.avoid(connection.where);
    this.options.onEvent?.({ kind: 'lost', failure });
    void (isTransient(failure) ? this.replace() : this.close(failure));
  }

  private async replace(): Promise<void> {
    this.replacing++;
    let failure: Failure | undefined;
    for (let attempt = 1; attempt <= this.maxAttempts && !this.dead; attempt++) {
      await this.pause(attempt + this.fruitless);
      if (this.dead) break;
      try {
        const connection = await this.connector.connect(true);
        await this.admit(connection, 'reconnected');
        this.reconnects++;
        failure = undefined;
        break;
      } catch (error) {
        failure = toFailure(error);
        this.lastFailure = failure;
        if (!isTransient(failure)) break;
      }
    }
    this.replacing--;
    if (!failure || this.dead) return;
    this.options.onEvent?.({ kind: 'gave-up', failure });
    const hopeless = this.live.size === 0 && this.replacing === 0;
    if (hopeless || failure.code === 'nbd-size-changed') await this.close(failure);
  }

  private giveUp(failure: Failure): void {
    this.dead ??= failure;
    this.stopped.abort();
    for (const waiter of this.waiters) waiter.reject(new FailureError(this.dead));
    this.waiters.clear();
  }

  private throwIfDead(): void {
    if (this.dead) throw new FailureError(this.dead);
  }

  private pause(attempt: number): Promise<void> {
    return (this.options.sleep ?? realSleep)(backOffMs(attempt), this.stopped.signal);
  }
}

/** The failure with the place on the disk that could not be read. */
function inPlace(failure: Failure, range: { offset: number; length: number }, attempts: number): Failure {
  const place = `${range.length} bytes at offset ${range.offset}, ${attempts} attempts`;
  return { ...failure, details: failure.details === undefined ? place : `${failure.details}; ${place}` };
}
