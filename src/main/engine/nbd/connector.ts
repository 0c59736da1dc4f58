import { FailureError, toFailure, type Failure } from '../../../shared/model/failure';
import { unwrap } from '../../../shared/model/result';
import { NbdConnection, type ConnectionOptions } from './connection';
import { isTransient, nbdFailures } from './failures';
import type { OpenNbdOptions } from './settings';
import type { NbdTarget } from './target';

/** A further connection that is not greeted within this time waits for its turn at a one-client server. */
const FURTHER_GREETING_MS = 10_000;

/** Opens connections to the same disk, never two at a time, at the first target that answers. */
export class Connector {
  private readonly options: OpenNbdOptions;
  private readonly connection: ConnectionOptions;
  private targets: readonly NbdTarget[];
  private sizeBytes: number | undefined;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(options: OpenNbdOptions, signal: AbortSignal) {
    this.options = options;
    this.targets = options.targets;
    this.connection = {
      connectTimeoutMs: options.connectTimeoutMs ?? 15_000,
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
    for (const target of this.targets) {
      try {
        const connection = await NbdConnection.open(target, this.limits());
        await this.checkSize(connection);
        this.prefer(target);
        return connection;
      } catch (error) {
        failures.push(toFailure(error));
        if (failures.at(-1)?.code === 'nbd-size-changed' || this.connection.signal?.aborted) break;
      }
    }
    throw new FailureError(summary(failures));
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
