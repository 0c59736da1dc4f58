import type { BlockBitmap } from '../../../../shared/blocks/bitmap';
import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import {
  AllocationFlag,
  Chunk,
  ChunkFlag,
  DATA_CHUNK_HEADER_BYTES,
  SIMPLE_REPLY_BYTES,
  SIMPLE_REPLY_MAGIC,
  STRUCTURED_REPLY_BYTES,
  STRUCTURED_REPLY_MAGIC,
} from '../protocol';
import { ALLOCATION_CONTEXT_ID } from './option-replies';

export function simpleReply(cookie: bigint, error: number): Buffer {
  const head = Buffer.alloc(SIMPLE_REPLY_BYTES);
  head.writeUInt32BE(SIMPLE_REPLY_MAGIC, 0);
  head.writeUInt32BE(error, 4);
  head.writeBigUInt64BE(cookie, 8);
  return head;
}

/** The only chunk of a structured reply, without what follows its header. */
function chunk(cookie: bigint, type: number, length: number, headBytes: number): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt32BE(STRUCTURED_REPLY_MAGIC, 0);
  head.writeUInt16BE(ChunkFlag.DONE, 4);
  head.writeUInt16BE(type, 6);
  head.writeBigUInt64BE(cookie, 8);
  head.writeUInt32BE(length, 16);
  return head;
}

/** In front of the data of a read. */
export function dataHeader(cookie: bigint, offset: number, length: number): Buffer {
  const head = chunk(cookie, Chunk.OFFSET_DATA, length + 8, DATA_CHUNK_HEADER_BYTES);
  head.writeBigUInt64BE(BigInt(offset), STRUCTURED_REPLY_BYTES);
  return head;
}

const MAX_MESSAGE_BYTES = 1024;

export function errorChunk(cookie: bigint, error: number, message: string): Buffer {
  const text = Buffer.from(message).subarray(0, MAX_MESSAGE_BYTES);
  const head = chunk(cookie, Chunk.ERROR, 6 + text.length, STRUCTURED_REPLY_BYTES + 6);
  head.writeUInt32BE(error, STRUCTURED_REPLY_BYTES);
  head.writeUInt16BE(text.length, STRUCTURED_REPLY_BYTES + 4);
  return Buffer.concat([head, text]);
}

/** A client that wants more asks again from where the answer ends. */
const MAX_EXTENTS = 4096;

/** Which parts of a range hold data. @param one only the first part. */
export function statusChunk(
  cookie: bigint,
  used: BlockBitmap,
  offset: number,
  length: number,
  one: boolean,
): Buffer {
  const pairs: number[] = [];
  const end = offset + length;
  const most = one ? 1 : MAX_EXTENTS;
  for (let at = offset; at < end && pairs.length / 2 < most;) {
    const block = Math.floor(at / CBT_BLOCK_SIZE);
    const data = used.has(block);
    let next = block + 1;
    while (next * CBT_BLOCK_SIZE < end && used.has(next) === data) next++;
    const until = Math.min(end, next * CBT_BLOCK_SIZE);
    pairs.push(until - at, data ? 0 : AllocationFlag.HOLE | AllocationFlag.ZERO);
    at = until;
  }
  const head = chunk(cookie, Chunk.BLOCK_STATUS, 4 + pairs.length * 4, STRUCTURED_REPLY_BYTES + 4);
  head.writeUInt32BE(ALLOCATION_CONTEXT_ID, STRUCTURED_REPLY_BYTES);
  const body = Buffer.alloc(pairs.length * 4);
  pairs.forEach((value, at) => body.writeUInt32BE(value, at * 4));
  return Buffer.concat([head, body]);
}
