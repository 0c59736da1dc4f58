import { performance } from 'node:perf_hooks';
import type { Result } from '../../../../shared/model/result';
import type { BlockBuffer } from '../../block-io/block-buffer';
import type { BlockSource } from '../../block-io/types';
import type { ConnectionShare } from './connection-share';

/** A source that several connections read, and whose connections can be counted up and down. */
export interface ConnectedSource extends BlockSource {
  readonly stats: { readonly connectionsLive: number };
  addConnection(): Promise<Result<void>>;
  removeConnection(): Promise<boolean>;
}

export interface Tuning {
  readonly mostConnections: number;
  /** Asked before each further connection; absent: all up to the most are there for us. */
  readonly share?: ConnectionShare | undefined;
  /** Called with what was decided, for the log. */
  readonly onDecision?: (text: string) => void;
  /** Monotonic time in ms. */
  readonly now?: () => number;
  /** Share of the time since the last call in which this thread had work, 0 to 1. */
  readonly load?: () => number;
}

const WINDOW_MS = 500;
/** What one more connection must bring to stay. */
const LEAST_GAIN = 1.1;
/** Windows until it is tried again: what a server can do changes with its other work. */
const REST = 60;
/** A thread with more to do than this would not read faster from more connections. */
const BUSY = 0.75;

/**
 * Adds connections while each makes reading at least 10 % faster, and takes the last one back when it did not. A server
 * that answers a connection's reads one by one gains from connections, one that works in parallel does not.
 */
export class TunedSource implements BlockSource {
  readonly sizeBytes: number;
  private readonly now: () => number;
  private readonly load: () => number;
  private windowStart: number;
  private windowBytes = 0;
  private rateBefore: number | undefined;
  private changing = false;
  private rest = 0;

  constructor(
    private readonly source: ConnectedSource,
    private readonly tuning: Tuning,
  ) {
    this.sizeBytes = source.sizeBytes;
    this.now = tuning.now ?? (() => performance.now());
    this.load = tuning.load ?? threadLoad();
    this.windowStart = this.now();
  }

  async read(into: BlockBuffer, offset: number, length: number): Promise<void> {
    await this.source.read(into, offset, length);
    this.windowBytes += length;
    const elapsed = this.now() - this.windowStart;
    if (elapsed < WINDOW_MS || this.changing) return;
    this.judge(this.windowBytes / elapsed);
    this.startWindow();
  }

  close(): Promise<void> {
    return this.source.close();
  }

  private judge(rate: number): void {
    const load = this.load();
    const before = this.rateBefore;
    this.rateBefore = undefined;
    if (before !== undefined && rate < before * LEAST_GAIN) {
      this.rest = REST;
      void this.change(() => this.removeOne(), 'One connection fewer: it brought nothing.');
      return;
    }
    if (this.rest-- > 0) return;
    const { connectionsLive } = this.source.stats;
    if (connectionsLive >= this.tuning.mostConnections || load > BUSY) return;
    this.rateBefore = rate;
    void this.change(async () => {
      if (await this.addOne()) return true;
      this.rateBefore = undefined;
      this.rest = REST;
      return false;
    }, 'One more connection, to see whether it helps.');
  }

  private async addOne(): Promise<boolean> {
    const { share } = this.tuning;
    if (share && !(await share.take())) return false;
    const { ok } = await this.source.addConnection();
    if (!ok) share?.giveBack();
    return ok;
  }

  private async removeOne(): Promise<boolean> {
    const removed = await this.source.removeConnection();
    if (removed) this.tuning.share?.giveBack();
    return removed;
  }

  private async change(work: () => Promise<boolean>, text: string): Promise<void> {
    this.changing = true;
    if (await work()) this.tuning.onDecision?.(text);
    this.changing = false;
    this.startWindow();
  }

  private startWindow(): void {
    this.windowStart = this.now();
    this.windowBytes = 0;
  }
}

function threadLoad(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}
