import { OPTION_REPLY_MAGIC, OptionReply, Info, TransmissionFlag, ALLOCATION_CONTEXT } from '../protocol';
import type { ServedDisk } from './served-disk';

/** A client may ask for at most so many bytes at once: what clients assume that every server takes. */
export const MAX_REQUEST_BYTES = 32 * 1024 * 1024;
const PREFERRED_REQUEST_BYTES = 65_536;

const TRANSMISSION_FLAGS =
  TransmissionFlag.HAS_FLAGS | TransmissionFlag.READ_ONLY | TransmissionFlag.CAN_MULTI_CONN;

/** The number of the one metadata context that there is. */
export const ALLOCATION_CONTEXT_ID = 1;

export function optionReply(option: number, type: number, data: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(20);
  head.writeBigUInt64BE(OPTION_REPLY_MAGIC, 0);
  head.writeUInt32BE(option, 8);
  head.writeUInt32BE(type, 12);
  head.writeUInt32BE(data.length, 16);
  return Buffer.concat([head, data]);
}

/** The one export that there is: its name is empty. */
export const serverReply = (option: number, { description }: ServedDisk): Buffer =>
  optionReply(option, OptionReply.SERVER, Buffer.concat([Buffer.alloc(4), Buffer.from(description)]));

/** The answers to INFO and GO: the export's size, block sizes, and what else was asked for. */
export function infoReplies(option: number, disk: ServedDisk, asked: ReadonlySet<number>): Buffer {
  const info = (type: number, data: Buffer): Buffer =>
    optionReply(option, OptionReply.INFO, Buffer.concat([u16(type), data]));
  return Buffer.concat([
    info(Info.EXPORT, exportInfo(disk.source.sizeBytes)),
    info(Info.BLOCK_SIZE, Buffer.concat([u32(1), u32(PREFERRED_REQUEST_BYTES), u32(MAX_REQUEST_BYTES)])),
    ...(asked.has(Info.NAME) ? [info(Info.NAME, Buffer.alloc(0))] : []),
    ...(asked.has(Info.DESCRIPTION) ? [info(Info.DESCRIPTION, Buffer.from(disk.description))] : []),
    optionReply(option, OptionReply.ACK),
  ]);
}

/** Size and transmission flags. */
export function exportInfo(sizeBytes: number): Buffer {
  const data = Buffer.alloc(10);
  data.writeBigUInt64BE(BigInt(sizeBytes), 0);
  data.writeUInt16BE(TRANSMISSION_FLAGS, 8);
  return data;
}

/** @param id 0 where contexts are only listed. */
export const contextReply = (option: number, id: number): Buffer =>
  optionReply(option, OptionReply.META_CONTEXT, Buffer.concat([u32(id), Buffer.from(ALLOCATION_CONTEXT)]));

const u16 = (value: number): Buffer => {
  const data = Buffer.alloc(2);
  data.writeUInt16BE(value);
  return data;
};
const u32 = (value: number): Buffer => {
  const data = Buffer.alloc(4);
  data.writeUInt32BE(value);
  return data;
};
