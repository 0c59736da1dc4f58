import { FailureError, type Failure } from '../../../shared/model/failure';
import type { ReceivePath } from './byte-receiver';
import { nbdFailures } from './failures';
import { shakeHands, type ExportInfo, type HandshakeOptions } from './handshake';
import { answersKnock } from './knock';
import { Command, REQUEST_BYTES, REQUEST_MAGIC } from './protocol';
import { ReplyParser } from './reply-parser';
import { ReadRequest, StatusRequest, type PendingRequest, type ReadPlace } from './request';
import type { NbdTarget } from './target';
import type { Ending, Transport } from './transport';

export interface ConnectionOptions extends HandshakeOptions {
  /** Without a byte for this long while requests wait, the connection counts as dead. */
  readonly requestTimeoutMs: number;
  /** After this long without a byte the host is asked for a connection; when it takes none, it counts as down. */
  readonly knockAfterMs?: number | undefined;
}

/** Time for a host to take a connection; a second of it is for a packet that got lost. */
export const REACH_MS = 4_000;

/** A single request may take this many times the silence that is allowed, while others are answered. */
const LONGEST_REQUEST = 10;

/** One connection in the transmission phase: many requests in flight, answered in any order. */
export class NbdConnection {
  readonly info: ExportInfo;
  readonly where: string;
  /** Requests sent so far. */
  requests = 0;
  /** Called once when the connection is lost; not after `close`. */
  onLost: (failure: Failure) => void = () => undefined;
  private readonly transport: Transport;
  private readonly parser: ReplyParser;
  private readonly pending = new Map<number, PendingRequest>();
  private readonly watch: NodeJS.Timeout;
  private unsent: Buffer[] = [];
  private nextCookie = 1;
  private lastSign = performance.now();
  private lastKnock = 0;
  private signs = -1;
  private gone: Failure | undefined;

  private constructor(
    transport: Transport,
    info: ExportInfo,
    private readonly address: NbdTarget['address'],
    private readonly limits: ConnectionOptions,
  ) {
    this.transport = transport;
    this.where = transport.where;
    this.info = info;
    this.parser = new ReplyParser(this.pending, info.structuredReplies, (cookie, request) => {
      this.pending.delete(cookie);
      request.settle(request.failure);
    });
    transport.receiver = this.parser;
    transport.onEnded = (ending) => this.lost(ending);
    const { requestTimeoutMs, knockAfterMs = requestTimeoutMs } = limits;
    const every = Math.min(1_000, requestTimeoutMs / 4, knockAfterMs / 2);
    this.watch = setInterval(() => this.checkSilence(requestTimeoutMs), every);
    this.watch.unref();
  }

  /** @throws FailureError */
  static async open(target: NbdTarget, options: ConnectionOptions): Promise<NbdConnection> {
    const { transport, info } = await shakeHands(target, options);
    return new NbdConnection(transport, info, target.address, options);
  }

  get inFlight(): number {
    return this.pending.size;
  }

  /** Bytes of the disk that reads were answered with. */
  get bytesRead(): number {
    return this.parser.bytesReceived;
  }

  get receivePath(): ReceivePath {
    return this.transport.receivePath;
  }

  /** Reads `length` bytes at `offset`. The memory belongs to the connection until the promise settles. @throws FailureError */
  read(place: ReadPlace, offset: number, length: number): Promise<void> {
    return this.submit(new ReadRequest(place, offset, length));
  }

  /** Pairs of length and flags of the `base:allocation` context, from `offset` on. @throws FailureError */
  async blockStatus(offset: number, length: number): Promise<Buffer> {
    if (this.info.allocationContext === undefined) throw new FailureError(nbdFailures.noBlockStatus());
    const request = new StatusRequest(this.info.allocationContext, offset, length);
    await this.submit(request);
    return request.descriptors!;
  }

  /** Resolves when no request is in flight, be it because the connection is lost. */
  async idle(): Promise<void> {
    await Promise.allSettled([...this.pending.values()].map((request) => request.done));
    if (this.pending.size > 0) await this.idle();
  }

  /** Takes leave of the server (DISC). Requests in flight are rejected. */
  async close(failure: Failure = nbdFailures.closed()): Promise<void> {
    if (this.gone) return;
    const idle = this.pending.size === 0;
    const closed = this.transport.close(header(Command.DISC, 0, 0, 0), idle);
    this.end(failure);
    await closed;
  }

  private submit(request: PendingRequest): Promise<void> {
    if (this.gone) return Promise.reject(new FailureError(this.gone));
    if (this.pending.size === 0) this.lastSign = performance.now();
    const cookie = this.nextCookie;
    this.nextCookie = cookie === 0xffff_ffff ? 1 : cookie + 1;
    if (this.pending.has(cookie)) throw new Error('4 billion requests in flight');
    this.pending.set(cookie, request);
    this.requests++;
    // Requests made in one go leave in one write.
    if (this.unsent.length === 0) queueMicrotask(() => this.flush());
    this.unsent.push(header(request.command, cookie, request.offset, request.length));
    return request.done;
  }

  private flush(): void {
    this.transport.write(this.unsent.length === 1 ? this.unsent[0] : Buffer.concat(this.unsent));
    this.unsent = [];
  }

  private checkSilence(limitMs: number): void {
    const now = performance.now();
    const oldest = this.pending.values().next().value;
    if (this.signs !== this.transport.arrivals) {
      this.signs = this.transport.arrivals;
      this.lastSign = now;
    }
    if (!oldest) return;
    if (now - this.lastSign > limitMs) this.transport.fail(nbdFailures.timeout('reading', limitMs));
    else if (now - oldest.since > limitMs * LONGEST_REQUEST)
      this.transport.fail(nbdFailures.timeout('one read', limitMs * LONGEST_REQUEST));
    else if (now - Math.max(this.lastSign, this.lastKnock) > (this.limits.knockAfterMs ?? Infinity))
      void this.knock(now);
  }

  /** A host that lost its power sends no word of it, and waiting for a slow storage looks the same. */
  private async knock(now: number): Promise<void> {
    this.lastKnock = now;
    if (await answersKnock(this.address, REACH_MS)) return;
    const isSilent = this.signs === this.transport.arrivals && this.pending.size > 0;
    if (isSilent)
      this.transport.fail(nbdFailures.unreachable(this.where, 'it fell silent while it was read'));
  }

  private lost(ending: Ending): void {
    const failure = ending.failure ?? nbdFailures.closedMidRead(ending.details);
    this.end(failure);
    this.onLost(failure);
  }

  private end(failure: Failure): void {
    this.gone = failure;
    clearInterval(this.watch);
    const requests = [...this.pending.values()];
    this.pending.clear();
    for (const request of requests) request.settle(failure);
  }
}

/** No command flags ever: xapi-nbd reads flags and type as one number. Source: xapi-project/nbd lib/protocol.ml. */
function header(command: number, cookie: number, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(REQUEST_BYTES);
  bytes.writeUInt32BE(REQUEST_MAGIC, 0);
  bytes.writeUInt32BE(command, 4);
  bytes.writeUInt32BE(0, 8);
  bytes.writeUInt32BE(cookie, 12);
  bytes.writeUInt32BE(Math.floor(offset / 0x1_0000_0000), 16);
  bytes.writeUInt32BE(offset >>> 0, 20);
  bytes.writeUInt32BE(length, 24);
  return bytes;
}
