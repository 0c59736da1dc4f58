/** Numbers of the NBD protocol. Source: https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md */

export const GREETING = Buffer.from('NBDMAGICIHAVEOPT', 'latin1');
export const OPTION_MAGIC = Buffer.from('IHAVEOPT', 'latin1');
export const OPTION_REPLY_MAGIC = 0x0003e889045565a9n;
export const REQUEST_MAGIC = 0x25609513;
export const SIMPLE_REPLY_MAGIC = 0x67446698;
export const STRUCTURED_REPLY_MAGIC = 0x668e33ef;

export const REQUEST_BYTES = 28;
export const SIMPLE_REPLY_BYTES = 16;
export const STRUCTURED_REPLY_BYTES = 20;
/** A structured reply's header with the offset of an OFFSET_DATA chunk behind it. */
export const DATA_CHUNK_HEADER_BYTES = STRUCTURED_REPLY_BYTES + 8;

/** Longest string (export name, context name, message) that the protocol allows, in bytes. */
export const MAX_STRING_BYTES = 4096;

export const HandshakeFlag = { FIXED_NEWSTYLE: 1, NO_ZEROES: 2 } as const;

export const Option = {
  EXPORT_NAME: 1,
  ABORT: 2,
  LIST: 3,
  STARTTLS: 5,
  INFO: 6,
  GO: 7,
  STRUCTURED_REPLY: 8,
  LIST_META_CONTEXT: 9,
  SET_META_CONTEXT: 10,
} as const;

export const OptionReply = {
  ACK: 1,
  SERVER: 2,
  INFO: 3,
  META_CONTEXT: 4,
  ERROR_BIT: 0x80000000,
  ERR_UNSUP: 0x80000001,
  ERR_POLICY: 0x80000002,
  ERR_INVALID: 0x80000003,
  ERR_PLATFORM: 0x80000004,
  ERR_TLS_REQD: 0x80000005,
  ERR_UNKNOWN: 0x80000006,
  ERR_SHUTDOWN: 0x80000007,
  ERR_BLOCK_SIZE_REQD: 0x80000008,
  ERR_TOO_BIG: 0x80000009,
} as const;

export const Info = { EXPORT: 0, NAME: 1, DESCRIPTION: 2, BLOCK_SIZE: 3 } as const;

export const TransmissionFlag = { HAS_FLAGS: 1, READ_ONLY: 2, CAN_MULTI_CONN: 0x100 } as const;

export const Command = { READ: 0, WRITE: 1, DISC: 2, TRIM: 4, WRITE_ZEROES: 6, BLOCK_STATUS: 7 } as const;

export const CommandFlag = { DF: 4, REQ_ONE: 8 } as const;

/** Error numbers of replies. */
export const ReplyError = { EPERM: 1, EIO: 5, EINVAL: 22, EOVERFLOW: 75 } as const;

export const ChunkFlag = { DONE: 1 } as const;

export const Chunk = {
  NONE: 0,
  OFFSET_DATA: 1,
  OFFSET_HOLE: 2,
  BLOCK_STATUS: 5,
  ERROR_BIT: 0x8000,
  ERROR: 0x8001,
  ERROR_OFFSET: 0x8002,
} as const;

export const ALLOCATION_CONTEXT = 'base:allocation';
export const AllocationFlag = { HOLE: 1, ZERO: 2 } as const;

const ERROR_NAMES: Readonly<Record<number, string>> = {
  1: 'EPERM',
  5: 'EIO',
  12: 'ENOMEM',
  22: 'EINVAL',
  28: 'ENOSPC',
  75: 'EOVERFLOW',
  95: 'ENOTSUP',
  108: 'ESHUTDOWN',
};

/** The protocol's name of an error number in a reply, e.g. `EIO`. */
export const errorName = (error: number): string => ERROR_NAMES[error] ?? `error ${error}`;

const OPTION_ERROR_NAMES = new Map<number, string>(
  Object.entries(OptionReply)
    .filter(([name]) => name.startsWith('ERR_'))
    .map(([name, value]) => [value, name]),
);

/** The protocol's name of an option reply's error type, e.g. `ERR_POLICY`. */
export const optionErrorName = (type: number): string =>
  OPTION_ERROR_NAMES.get(type) ?? `0x${type.toString(16)}`;
