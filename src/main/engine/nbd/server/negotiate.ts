import type { Socket } from 'node:net';
import { GREETING, HandshakeFlag, OPTION_MAGIC, Option, OptionReply } from '../protocol';
import { parseContextRequest, parseInfoRequest } from './option-data';
import {
  ALLOCATION_CONTEXT_ID,
  contextReply,
  exportInfo,
  infoReplies,
  optionReply,
  serverReply,
} from './option-replies';
import type { RequestReader } from './request-reader';
import type { ServedDisk } from './served-disk';

/** Longest option that a client has reason to send: two strings of 4096 bytes and some numbers. */
const MAX_OPTION_BYTES = 16_384;
const MAX_OPTIONS = 64;

/** What a client agreed on before it reads. */
export interface Agreed {
  readonly structured: boolean;
  readonly allocation: boolean;
}

/**
 * Agrees with a client on how the disk is read. Source: NBD proto.md, "Fixed newstyle negotiation".
 * @returns undefined when the client leaves, or breaks the rules: the connection then ends.
 */
export async function negotiate(
  socket: Socket,
  reader: RequestReader,
  disk: ServedDisk,
): Promise<Agreed | undefined> {
  const flags = Buffer.alloc(2);
  flags.writeUInt16BE(HandshakeFlag.FIXED_NEWSTYLE | HandshakeFlag.NO_ZEROES);
  socket.write(Buffer.concat([GREETING, flags]));
  const client = (await reader.read(4))?.readUInt32BE();
  const known = HandshakeFlag.FIXED_NEWSTYLE | HandshakeFlag.NO_ZEROES;
  if (client === undefined || (client & ~known) !== 0 || !(client & HandshakeFlag.FIXED_NEWSTYLE))
    return undefined;

  const agreed = { structured: false, allocation: false };
  for (let options = 0; options < MAX_OPTIONS; options++) {
    const head = await reader.read(16);
    if (!head?.subarray(0, 8).equals(OPTION_MAGIC)) return undefined;
    const option = head.readUInt32BE(8);
    const length = head.readUInt32BE(12);
    if (length > MAX_OPTION_BYTES) return undefined;
    const data = length === 0 ? Buffer.alloc(0) : await reader.read(length);
    if (data === undefined) return undefined;
    if (option === Option.EXPORT_NAME) {
      if (length > 0) return undefined; // there is no other way to refuse a name
      const zeroes = client & HandshakeFlag.NO_ZEROES ? 0 : 124;
      socket.write(Buffer.concat([exportInfo(disk.source.sizeBytes), Buffer.alloc(zeroes)]));
      return agreed;
    }
    socket.write(answer(option, data, disk, agreed));
    if (option === Option.ABORT) return undefined;
    if (option === Option.GO && parseInfoRequest(data)?.name === '') return agreed;
  }
  return undefined;
}

function answer(
  option: number,
  data: Buffer,
  disk: ServedDisk,
  agreed: { structured: boolean; allocation: boolean },
): Buffer {
  const error = (type: number): Buffer => optionReply(option, type);
  switch (option) {
    case Option.ABORT:
      return optionReply(option, OptionReply.ACK);
    case Option.LIST:
      if (data.length > 0) return error(OptionReply.ERR_INVALID);
      return Buffer.concat([serverReply(option, disk), optionReply(option, OptionReply.ACK)]);
    case Option.INFO:
    case Option.GO: {
      const wish = parseInfoRequest(data);
      if (!wish) return error(OptionReply.ERR_INVALID);
      return wish.name === '' ? infoReplies(option, disk, wish.asked) : error(OptionReply.ERR_UNKNOWN);
    }
    case Option.STRUCTURED_REPLY:
      if (data.length > 0) return error(OptionReply.ERR_INVALID);
      agreed.structured = true;
      return optionReply(option, OptionReply.ACK);
    case Option.LIST_META_CONTEXT:
    case Option.SET_META_CONTEXT:
      return answerContext(option, data, agreed);
    case Option.STARTTLS:
      return error(OptionReply.ERR_POLICY);
    default:
      return error(OptionReply.ERR_UNSUP);
  }
}

function answerContext(
  option: number,
  data: Buffer,
  agreed: { structured: boolean; allocation: boolean },
): Buffer {
  const wish = parseContextRequest(data);
  const setting = option === Option.SET_META_CONTEXT;
  if (setting) agreed.allocation = false;
  if (!wish || (setting && !agreed.structured)) return optionReply(option, OptionReply.ERR_INVALID);
  if (wish.name !== '') return optionReply(option, OptionReply.ERR_UNKNOWN);
  const named = wish.allocation || (!setting && wish.queries === 0);
  if (setting) agreed.allocation = wish.allocation;
  return Buffer.concat([
    ...(named ? [contextReply(option, setting ? ALLOCATION_CONTEXT_ID : 0)] : []),
    optionReply(option, OptionReply.ACK),
  ]);
}
