import type { SecureContext } from 'node:tls';
import { Channel } from './channel';
import { strikes, type NbdFaults } from './faults';
import {
  CLIENT_FIXED_NEWSTYLE,
  GREETING,
  option,
  OPTION_MAGIC,
  optionReply,
  optionReplyOf,
} from './protocol';
import { acceptTls, HANDSHAKE_FAILURE } from './tls';

export interface Negotiated {
  readonly exportName: string;
  /** The channel to go on with: the TLS one if TLS was negotiated. */
  readonly channel: Channel;
}

/** No option that a client sends here is longer than an export name, which is at most 4096 bytes. */
const MAX_OPTION_BYTES = 65_536;

/**
 * Greets and haggles options until the client names an export. With a secure context TLS is forced, without one it is
 * refused; there is no other way, as in xapi-nbd. Undefined: the connection is to be closed.
 * Source: xapi-project/nbd lib/server.ml, `connect`.
 */
export async function negotiate(
  channel: Channel,
  secureContext: SecureContext | undefined,
  faults: NbdFaults,
): Promise<Negotiated | undefined> {
  await channel.write(GREETING);
  const clientFlags = await channel.read(4);
  if (!clientFlags) return undefined;
  if (!secureContext) return await haggle(channel, false);
  if ((clientFlags.readUInt32BE() & CLIENT_FIXED_NEWSTYLE) === 0) return undefined;
  const secured = await forceTls(channel, secureContext, faults);
  return secured && (await haggle(secured, true));
}

async function haggle(channel: Channel, isTls: boolean): Promise<Negotiated | undefined> {
  for (;;) {
    const asked = await readOption(channel);
    if (!asked) return undefined;
    switch (asked.code) {
      case option.exportName:
        return { exportName: asked.data.toString('utf8'), channel };
      case option.abort:
        await channel.write(optionReplyOf(asked.code, optionReply.ack));
        return undefined;
      case option.list:
        await channel.write(optionReplyOf(asked.code, optionReply.policy));
        break;
      case option.startTls:
        await channel.write(optionReplyOf(asked.code, isTls ? optionReply.invalid : optionReply.policy));
        break;
      default:
        await channel.write(optionReplyOf(asked.code, optionReply.unsupported));
    }
  }
}

/** Answers nothing but STARTTLS until the connection is encrypted. */
async function forceTls(
  channel: Channel,
  secureContext: SecureContext,
  faults: NbdFaults,
): Promise<Channel | undefined> {
  for (;;) {
    const asked = await readOption(channel);
    if (!asked || asked.code === option.exportName || asked.code === option.abort) return undefined;
    if (asked.code === option.startTls) break;
    await channel.write(optionReplyOf(asked.code, optionReply.tlsRequired));
  }
  await channel.write(optionReplyOf(option.startTls, optionReply.ack));
  if (strikes(faults, 'refuseTls')) {
    await readTlsRecord(channel); // no server refuses what it has not heard
    await channel.write(HANDSHAKE_FAILURE);
    return undefined;
  }
  channel.detach();
  const socket = await acceptTls(channel.socket, secureContext);
  return socket && new Channel(socket);
}

/** The client's hello. RFC 5246, 6.2.1. */
async function readTlsRecord(channel: Channel): Promise<void> {
  const header = await channel.read(5);
  if (header) await channel.read(header.readUInt16BE(3));
}

async function readOption(channel: Channel): Promise<{ code: number; data: Buffer } | undefined> {
  const header = await channel.read(16);
  if (!header?.subarray(0, 8).equals(OPTION_MAGIC)) return undefined;
  const length = header.readUInt32BE(12);
  if (length > MAX_OPTION_BYTES) return undefined;
  const data = await channel.read(length);
  return data && { code: header.readUInt32BE(8), data };
}
