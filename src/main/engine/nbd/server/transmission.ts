import type { Socket } from 'node:net';
import { requestsOf } from '../../../../shared/blocks/extent';
import { toFailure, type Failure } from '../../../../shared/model/failure';
import { BlockBuffer } from '../../block-io/block-buffer';
import { Command, CommandFlag, ReplyError, REQUEST_BYTES, REQUEST_MAGIC } from '../protocol';
import type { Agreed } from './negotiate';
import { MAX_REQUEST_BYTES } from './option-replies';
import { dataHeader, errorChunk, simpleReply, statusChunk } from './replies';
import type { RequestReader } from './request-reader';
import type { ServedDisk } from './served-disk';

/** Requests of one client that are worked on at the same time, and the bytes that they hold in memory. */
const MAX_REQUESTS = 64;
const MAX_BYTES = MAX_REQUEST_BYTES;
/** Data is read in pieces that lie on these boundaries, so that a block is checked once. */
const PIECE_BYTES = 1024 * 1024;
const PIECES = BlockBuffer.memoryFor(PIECE_BYTES);

interface Request {
  readonly flags: number;
  readonly type: number;
  readonly cookie: bigint;
  /** Exact up to 2^53, beyond which no disk reaches. */
  readonly offset: number;
  readonly length: number;
}

export interface TransmissionHooks {
  readonly onRead: (bytes: number) => void;
  /** A read failed; the client was told that it did, but not always why. */
  readonly onFailure: (failure: Failure) => void;
}

/** Answers the requests of one client until it leaves. Source: NBD proto.md, "Transmission". */
export class Transmission {
  #requests = 0;
  #bytes = 0;
  #freed: (() => void) | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly disk: ServedDisk,
    private readonly agreed: Agreed,
    private readonly hooks: TransmissionHooks,
  ) {}

  /** Settles once nothing is read from the disk any more. */
  async run(reader: RequestReader): Promise<void> {
    for (;;) {
      const request = parseRequest(await reader.read(REQUEST_BYTES));
      if (!request || request.type === Command.DISC) break;
      if (request.type === Command.WRITE && !(await reader.skip(request.length))) break;
      const bytes = request.type === Command.READ ? Math.min(request.length, MAX_BYTES) : 0;
      while (this.#requests >= MAX_REQUESTS || (this.#requests > 0 && this.#bytes + bytes > MAX_BYTES))
        await this.#room();
      this.#requests++;
      this.#bytes += bytes;
      void this.#answer(request).finally(() => {
        this.#requests--;
        this.#bytes -= bytes;
        this.#freed?.();
      });
    }
    while (this.#requests > 0) await this.#room();
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#freed = resolve;
    });
  }

  async #answer(request: Request): Promise<void> {
    const { type, flags, offset, length, cookie } = request;
    if (type === Command.WRITE || type === Command.TRIM || type === Command.WRITE_ZEROES)
      return this.#send([this.#error(cookie, ReplyError.EPERM, 'the export is read-only')]);
    const isRead = type === Command.READ;
    const mayStatus = type === Command.BLOCK_STATUS && this.agreed.allocation;
    const knownFlags = isRead ? (this.agreed.structured ? CommandFlag.DF : 0) : CommandFlag.REQ_ONE;
    if ((!isRead && !mayStatus) || (flags & ~knownFlags) !== 0)
      return this.#send([this.#error(cookie, ReplyError.EINVAL, 'not supported')]);
    if (length === 0 || offset + length > this.disk.source.sizeBytes)
      return this.#send([this.#error(cookie, ReplyError.EINVAL, 'the range is not on the disk')]);
    if (mayStatus) {
      const one = (flags & CommandFlag.REQ_ONE) !== 0;
      return this.#send([statusChunk(cookie, this.disk.used, offset, length, one)]);
    }
    if (length > MAX_REQUEST_BYTES)
      return this.#send([this.#error(cookie, ReplyError.EOVERFLOW, 'the request is too large')]);
    await this.#read(request);
  }

  async #read({ cookie, offset, length }: Request): Promise<void> {
    const pieces: BlockBuffer[] = [];
    try {
      const reads = [...requestsOf([{ offset, length }], PIECE_BYTES)].map((piece) => {
        const buffer = new BlockBuffer(PIECE_BYTES, PIECES);
        pieces.push(buffer);
        return this.disk.source.read(buffer, piece.offset, piece.length);
      });
      const failed = (await Promise.allSettled(reads)).find((read) => read.status === 'rejected');
      if (failed) {
        const failure = toFailure(failed.reason);
        this.hooks.onFailure(failure);
        await this.#send([this.#error(cookie, ReplyError.EIO, failure.message)]);
        return;
      }
      const head = this.agreed.structured ? dataHeader(cookie, offset, length) : simpleReply(cookie, 0);
      await this.#send([head, ...pieces.map((piece) => piece.data())]);
      this.hooks.onRead(length);
    } finally {
      for (const piece of pieces) piece.release();
    }
  }

  #error(cookie: bigint, error: number, message: string): Buffer {
    return this.agreed.structured ? errorChunk(cookie, error, message) : simpleReply(cookie, error);
  }

  /** Resolves once the kernel took everything, or the client is gone: then the memory may be used again. */
  #send(parts: readonly Buffer[]): Promise<void> {
    return new Promise((resolve) => {
      if (this.socket.destroyed) {
        resolve();
        return;
      }
      this.socket.cork();
      for (const [at, part] of parts.entries())
        this.socket.write(part, at === parts.length - 1 ? () => resolve() : undefined);
      this.socket.uncork();
    });
  }
}

/** Undefined when it is none: what follows cannot be told apart any more, so the connection ends. */
function parseRequest(bytes: Buffer | undefined): Request | undefined {
  if (bytes?.readUInt32BE(0) !== REQUEST_MAGIC) return undefined;
  return {
    flags: bytes.readUInt16BE(4),
    type: bytes.readUInt16BE(6),
    cookie: bytes.readBigUInt64BE(8),
    offset: Number(bytes.readBigUInt64BE(16)),
    length: bytes.readUInt32BE(24),
  };
}
