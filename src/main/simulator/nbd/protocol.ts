/** The part of the NBD protocol that xapi-nbd speaks. Source: NetworkBlockDevice/nbd doc/proto.md. */
export const GREETING = Buffer.from('NBDMAGICIHAVEOPT\0\x01', 'latin1');
export const OPTION_MAGIC = Buffer.from('IHAVEOPT', 'latin1');
export const CLIENT_FIXED_NEWSTYLE = 1;

export const option = { exportName: 1, abort: 2, list: 3, startTls: 5 } as const;
export const optionReply = {
  ack: 1,
  unsupported: 0x8000_0001,
  policy: 0x8000_0002,
  invalid: 0x8000_0003,
  tlsRequired: 0x8000_0005,
} as const;

const OPTION_REPLY_MAGIC = 0x0003_e889_0455_65a9n;

/** A reply without payload; xapi-nbd sends no other kind. */
export function optionReplyOf(optionCode: number, reply: number): Buffer {
  const bytes = Buffer.alloc(20);
  bytes.writeBigUInt64BE(OPTION_REPLY_MAGIC, 0);
  bytes.writeUInt32BE(optionCode, 8);
  bytes.writeUInt32BE(reply, 12);
  return bytes;
}

/** HAS_FLAGS | READ_ONLY, and nothing about several connections. */
const EXPORT_FLAGS = 0x0003;

/** The answer to EXPORT_NAME. The 124 zero bytes always follow, since NO_ZEROES is never offered. */
export function exportInfoOf(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(8 + 2 + 124);
  bytes.writeBigUInt64BE(BigInt(sizeBytes), 0);
  bytes.writeUInt16BE(EXPORT_FLAGS, 8);
  return bytes;
}

export const REQUEST_BYTES = 28;
const REQUEST_MAGIC = 0x2560_9513;
const REPLY_MAGIC = 0x6744_6698;

export const command = { read: 0, write: 1, disconnect: 2 } as const;
export const errno = { ok: 0, notPermitted: 1, invalid: 22 } as const;

export interface Request {
  /** Command flags and type as one number, as xapi-nbd reads them: a command with flags is an unknown one. */
  readonly type: number;
  readonly handle: Buffer;
  readonly offset: bigint;
  readonly length: number;
}

/** The request in `bytes`, or undefined when its magic is wrong. */
export function parseRequest(bytes: Buffer): Request | undefined {
  if (bytes.readUInt32BE(0) !== REQUEST_MAGIC) return undefined;
  return {
    type: bytes.readUInt32BE(4),
    handle: bytes.subarray(8, 16),
    offset: bytes.readBigUInt64BE(16),
    length: bytes.readUInt32BE(24),
  };
}

export function replyOf(handle: Buffer, error: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32BE(REPLY_MAGIC, 0);
  bytes.writeUInt32BE(error, 4);
  handle.copy(bytes, 8);
  return bytes;
}
