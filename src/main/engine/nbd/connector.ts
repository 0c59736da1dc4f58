import { FailureError, toFailure, type Failure } from '../../../shared/model/failure';
import { unwrap } from '../../../shared/model/result';
import { NbdConnection, REACH_MS, type ConnectionOptions } from './connection';
import { isTransient, nbdFailures } from './failures';
import type { OpenNbdOptions } from './settings';
import { describeAddress, type NbdTarget } from './target';

/** A further connection that is not greeted within this time waits for its turn at a one-client server. */
const FURTHER_GREETING_MS = 10_000;

/** Opens connections to the same disk, never two at a time, at the first target that answers. */
export class Connector {
  private readonly options: OpenNbdOptions;
  private readonly connection: ConnectionOptions;
  private targets: readonly NbdTarget[];
  private sizeBytes: number | undefined;
  /** Where nobody answered lately, the latest last: tried only after all others. */
  private readonly down = new Set<string>();
  private turn: Promise<unknown> = Promise.resolve();

  constructor(options: OpenNbdOptions, signal: AbortSignal) {
    this.options = options;
    this.targets = options.targets;
    this.connection = {
      connectTimeoutMs: options.connectTimeoutMs ?? 15_000,
      reachTimeoutMs: options.reachTimeoutMs ?? REACH_MS,
      knockAfterMs: options.knockAfterMs,
      handshakeTimeoutMs: options.handshakeTimeoutMs ?? 60_000,
      requestTimeoutMs: options.requestTimeoutMs ?? 60_000,
      signal,
    };
  }

  /** `fresh` asks for fresh targets first. @throws FailureError */
  connect(fresh: boolean): Promise<NbdConnection> {
    const mine = this.turn.then(() => this.connectNow(fresh));
    this.turn = mine.catch(() => undefined); // whoever waits for `mine` hears of it
    return mine;
  }

  private async connectNow(fresh: boolean): Promise<NbdConnection> {
    if (fresh && this.options.refreshTarget) {
      const targets = unwrap(await this.options.refreshTarget());
      this.targets = 'exportName' in targets ? [targets] : targets;
    }
    const failures: Failure[] = [];
    for (const target of this.inOrder()) {
      try {
        const connection = await NbdConnection.open(target, this.limits());
        await this.checkSize(connection);
        this.prefer(target);
        return connection;
      } catch (error) {
        failures.push(toFailure(error));
        if (isAway(failures.at(-1))) this.avoid(describeAddress(target.address));
        if (failures.at(-1)?.code === 'nbd-size-changed' || this.connection.signal?.aborted) break;
      }
    }
    throw new FailureError(summary(failures));
  }

  /** Nobody answers there at the moment. @param where as {@link describeAddress} says it. */
  avoid(where: string): void {
    this.down.delete(where);
    this.down.add(where);
  }

  private inOrder(): NbdTarget[] {
    const down = [...this.down];
    const rank = ({ address }: NbdTarget): number => down.indexOf(describeAddress(address));
    return [...this.targets].sort((a, b) => rank(a) - rank(b));
  }

  private limits(): ConnectionOptions {
    if (this.sizeBytes === undefined) return this.connection;
    const connectTimeoutMs = Math.min(this.connection.connectTimeoutMs, FURTHER_GREETING_MS);
    return { ...this.connection, connectTimeoutMs };
  }

  private async checkSize(connection: NbdConnection): Promise<void> {
    const { sizeBytes } = connection.info;
    this.sizeBytes ??= sizeBytes;
    if (sizeBytes === this.sizeBytes) return;
    await connection.close();
    throw new FailureError(nbdFailures.sizeChanged(this.sizeBytes, sizeBytes));
  }

  private prefer(target: NbdTarget): void {
    this.down.delete(describeAddress(target.address));
    this.targets = [target, ...this.targets.filter((other) => other !== target)];
  }
}

/** One failure for several targets: one that waiting may cure if there is any, so that it is tried again. */
function summary(failures: readonly Failure[]): Failure {
  const final = failures.find((failure) => failure.code === 'nbd-size-changed');
  const main = final ?? failures.find(isTransient) ?? failures[0];
  if (!main) return nbdFailures.unreachable('any address', 'there is no address to try');
  const others = failures.filter((failure) => failure !== main).map((failure) => failure.message);
  return others.length === 0
    ? main
    : { ...main, details: [main.details, ...others].filter(Boolean).join('; ') };
}

const AWAY = new Set(['nbd-unreachable', 'nbd-timeout']);

/** The host is down or cut off, rather than refusing this client. */
export const isAway = (failure: Failure | undefined): boolean =>
  failure !== undefined && AWAY.has(failure.code);
