import type { Result } from '../../../../shared/model/result';
import type { BlockSource } from '../../block-io/types';
import type { ConnectionShare } from './connection-share';
import type { Knob } from './tuner';

const KIB = 1024;

/** A source that several connections read, and whose connections can be counted up and down. */
export interface ConnectedSource extends BlockSource {
  readonly stats: { readonly connectionsLive: number };
  addConnection(): Promise<Result<void>>;
  removeConnection(): Promise<boolean>;
}

/** A server that answers a connection's reads one by one gains from connections, one that works in parallel does not. */
export class Connections implements Knob {
  readonly leastGain = 1.1;

  /** @param share asked before each further connection; absent: all up to the most are there for us. */
  constructor(
    private readonly source: ConnectedSource,
    private readonly most: number,
    private readonly share?: ConnectionShare,
  ) {}

  async more(): Promise<string | undefined> {
    const { source, share } = this;
    if (source.stats.connectionsLive >= this.most) return undefined;
    if (share && !(await share.take())) return undefined;
    const { ok } = await source.addConnection();
    if (ok) return 'One more connection, to see whether it helps.';
    share?.giveBack();
    return undefined;
  }

  async less(): Promise<string | undefined> {
    if (!(await this.source.removeConnection())) return undefined;
    this.share?.giveBack();
    return 'One connection fewer: it brought nothing.';
  }
}

/** A server that takes a while for each read, however long, gains from larger ones. Costs the server nothing. */
export class RequestSize implements Knob {
  readonly leastGain = 1.05;

  /** Both in bytes; `most` is what the server takes in one request, or less. */
  constructor(
    private current: number,
    private readonly most: number,
  ) {}

  get bytes(): number {
    return this.current;
  }

  more(): Promise<string | undefined> {
    if (this.current * 2 > this.most) return Promise.resolve(undefined);
    this.current *= 2;
    return Promise.resolve(`Requests of ${this.inKib()}, to see whether that helps.`);
  }

  less(): Promise<string | undefined> {
    this.current /= 2;
    return Promise.resolve(`Requests of ${this.inKib()} again: larger ones brought nothing.`);
  }

  private inKib(): string {
    return `${this.current / KIB} KiB`;
  }
}
