import type { ByteReceiver } from './byte-receiver';
import { protocolError } from './failures';
import {
  Chunk,
  ChunkFlag,
  DATA_CHUNK_HEADER_BYTES,
  SIMPLE_REPLY_BYTES,
  SIMPLE_REPLY_MAGIC,
  STRUCTURED_REPLY_BYTES,
  STRUCTURED_REPLY_MAGIC,
} from './protocol';
import { ReadRequest, StatusRequest, type PendingRequest } from './request';

/** Longest chunk that is not data, in bytes: the million extents that servers limit block status to. */
const MAX_SIDE_BYTES = 8 * 1024 * 1024 + 4;
const MAX_ERROR_BYTES = 4096 + 14;
const HOLE_BYTES = 12;

/** Bytes on their way to their place, and what to do when the last one is there. */
interface Payload {
  readonly memory: Buffer;
  at: number;
  left: number;
  /** Bytes behind the last one that may be overwritten. */
  readonly slack: number;
  readonly then: () => void;
}

/**
 * The transmission phase as the client hears it: finds the request of each reply and lets payload land in the
 * request's own memory, with the next reply's header right behind it where that does no harm, so that a busy
 * connection needs no extra system call for headers. Every field is checked; what is wrong throws `nbd-protocol-error`.
 * Source: NBD proto.md, "Simple reply message" and "Structured reply chunk message".
 */
export class ReplyParser implements ByteReceiver {
  /** Bytes of the disk that reads were answered with; holes count, although nothing was sent for them. */
  bytesReceived = 0;
  private readonly pending: Map<number, PendingRequest>;
  private readonly structured: boolean;
  private readonly finished: (cookie: number, request: PendingRequest) => void;
  private readonly header = Buffer.alloc(DATA_CHUNK_HEADER_BYTES);
  private readonly headerScratch: Buffer;
  private have = 0;
  private need = SIMPLE_REPLY_BYTES;
  private payload: Payload | undefined;

  constructor(
    pending: Map<number, PendingRequest>,
    structured: boolean,
    finished: (cookie: number, request: PendingRequest) => void,
  ) {
    this.pending = pending;
    this.structured = structured;
    this.finished = finished;
    this.headerScratch = Buffer.allocUnsafeSlow(structured ? DATA_CHUNK_HEADER_BYTES : SIMPLE_REPLY_BYTES);
  }

  nextBuffer(): Buffer {
    const { payload } = this;
    if (payload) return payload.memory.subarray(payload.at, payload.at + payload.left + payload.slack);
    return this.headerScratch;
  }

  received(count: number, buffer: Buffer): void {
    const { payload } = this;
    const isPlaced =
      payload !== undefined &&
      buffer.buffer === payload.memory.buffer &&
      buffer.byteOffset === payload.memory.byteOffset + payload.at;
    if (!isPlaced) {
      this.consume(buffer.subarray(0, count));
      return;
    }
    const placed = Math.min(count, payload.left);
    this.advance(payload, placed);
    if (count > placed) this.consume(buffer.subarray(placed, count));
  }

  consume(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      const { payload } = this;
      const count = Math.min(payload ? payload.left : this.need - this.have, chunk.length - at);
      if (payload) {
        chunk.copy(payload.memory, payload.at, at, at + count);
        this.advance(payload, count);
      } else {
        chunk.copy(this.header, this.have, at, at + count);
        this.have += count;
        if (this.have === this.need) this.headerComplete();
      }
      at += count;
    }
  }

  private advance(payload: Payload, count: number): void {
    payload.at += count;
    payload.left -= count;
    if (payload.left > 0) return;
    this.payload = undefined;
    payload.then();
  }

  private headerComplete(): void {
    const magic = this.header.readUInt32BE(0);
    if (magic === SIMPLE_REPLY_MAGIC) {
      this.simpleReply();
      return;
    }
    if (magic !== STRUCTURED_REPLY_MAGIC) throw protocolError(`reply with magic 0x${magic.toString(16)}`);
    if (!this.structured) throw protocolError('structured reply that was not negotiated');
    if (this.have < STRUCTURED_REPLY_BYTES) this.need = STRUCTURED_REPLY_BYTES;
    else this.chunk();
  }

  private nextHeader(): void {
    this.have = 0;
    this.need = SIMPLE_REPLY_BYTES;
  }

  private simpleReply(): void {
    const error = this.header.readUInt32BE(4);
    const [cookie, request] = this.requestOf(this.header);
    this.nextHeader();
    if (error !== 0) {
      request.failure = request.explain(error);
      this.finished(cookie, request);
      return;
    }
    if (this.structured || !(request instanceof ReadRequest))
      throw protocolError('simple reply to a structured request');
    if (!request.cover(0, request.length)) throw protocolError('second answer to a read');
    this.receiveData(request, 0, request.length, SIMPLE_REPLY_BYTES, () => this.finished(cookie, request));
  }

  private chunk(): void {
    const { header } = this;
    const flags = header.readUInt16BE(4);
    const type = header.readUInt16BE(6);
    const length = header.readUInt32BE(16);
    const [cookie, request] = this.requestOf(header);
    const isLast = (flags & ChunkFlag.DONE) !== 0;
    const done = (): void => {
      if (!isLast) return;
      if (!request.failure && !request.complete) throw protocolError('last chunk came before all data');
      this.finished(cookie, request);
    };
    if (type === Chunk.OFFSET_DATA) {
      if (this.have < DATA_CHUNK_HEADER_BYTES) this.need = DATA_CHUNK_HEADER_BYTES;
      else this.dataChunk(request, length, done);
      return;
    }
    this.nextHeader();
    if (type === Chunk.NONE) {
      if (length !== 0 || !isLast) throw protocolError('malformed NONE chunk');
      done();
    } else if (type === Chunk.OFFSET_HOLE) {
      this.receiveSide(
        length,
        HOLE_BYTES,
        HOLE_BYTES,
        (body) => (this.bytesReceived += hole(request, body)),
        done,
      );
    } else if (type === Chunk.BLOCK_STATUS) {
      this.receiveSide(length, 12, MAX_SIDE_BYTES, (body) => blockStatus(request, body), done);
    } else if (type & Chunk.ERROR_BIT) {
      this.receiveSide(length, 6, MAX_ERROR_BYTES, (body) => errorChunk(request, body), done);
    } else {
      throw protocolError(`chunk of type ${type}`);
    }
  }

  private dataChunk(request: PendingRequest, length: number, done: () => void): void {
    const from = position(request, this.header, STRUCTURED_REPLY_BYTES);
    this.nextHeader();
    const to = from + length - 8;
    if (!(request instanceof ReadRequest) || !request.cover(from, to))
      throw protocolError('data outside of the request or twice');
    this.receiveData(request, from, to, DATA_CHUNK_HEADER_BYTES, done);
  }

  private receiveData(
    request: ReadRequest,
    from: number,
    to: number,
    nextHeader: number,
    then: () => void,
  ): void {
    const { memory, start } = request.place;
    const slack = Math.min(request.slackBehind(to), nextHeader);
    this.payload = {
      memory,
      at: start + from,
      left: to - from,
      slack,
      then: () => {
        this.bytesReceived += to - from;
        then();
      },
    };
  }

  private receiveSide(
    length: number,
    least: number,
    most: number,
    use: (body: Buffer) => void,
    done: () => void,
  ): void {
    if (length < least || length > most) throw protocolError(`chunk of ${length} bytes`);
    const memory = Buffer.allocUnsafe(length);
    const then = (): void => {
      use(memory);
      done();
    };
    this.payload = { memory, at: 0, left: length, slack: 0, then };
  }

  private requestOf(header: Buffer): [number, PendingRequest] {
    const cookie = header.readUInt32BE(12);
    const request = header.readUInt32BE(8) === 0 ? this.pending.get(cookie) : undefined;
    if (!request) throw protocolError('answer to a request that was not made');
    return [cookie, request];
  }
}

/** Where in the request the disk offset at `at` lies, in bytes; possibly outside of it. */
const position = (request: PendingRequest, bytes: Buffer, at: number): number =>
  bytes.readUInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4) - request.offset;

function hole(request: PendingRequest, body: Buffer): number {
  const from = position(request, body, 0);
  const to = from + body.readUInt32BE(8);
  if (!(request instanceof ReadRequest) || !request.cover(from, to))
    throw protocolError('hole outside of the request or twice');
  const { memory, start } = request.place;
  memory.fill(0, start + from, start + to);
  return to - from;
}

function blockStatus(request: PendingRequest, body: Buffer): void {
  const known = request instanceof StatusRequest && body.readUInt32BE(0) === request.context;
  if (!known || request.descriptors || (body.length - 4) % 8 !== 0)
    throw protocolError('malformed block status');
  request.descriptors = body.subarray(4);
}

function errorChunk(request: PendingRequest, body: Buffer): void {
  const textBytes = body.readUInt16BE(4);
  const error = body.readUInt32BE(0);
  if (error === 0 || 6 + textBytes > body.length) throw protocolError('malformed error chunk');
  request.failure ??= request.explain(error);
}
