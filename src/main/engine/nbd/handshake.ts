import { MOST_DISK_BYTES } from '../../../shared/blocks/disk-size';
import { FailureError } from '../../../shared/model/failure';
import { nbdFailures, protocolError } from './failures';
import { HandshakeReader } from './handshake-reader';
import { explainOption, OptionHaggler } from './options';
import {
  ALLOCATION_CONTEXT,
  GREETING,
  HandshakeFlag,
  Info,
  Option,
  OptionReply,
  TransmissionFlag,
} from './protocol';
import type { NbdTarget } from './target';
import { tlsTrust } from './tls-trust';
import { Transport } from './transport';

/** What the server said about the export. Sizes in bytes. */
export interface ExportInfo {
  readonly sizeBytes: number;
  readonly readOnly: boolean;
  /** The server promises that several connections show the same data. */
  readonly canMultiConn: boolean;
  readonly structuredReplies: boolean;
  /** Id of the `base:allocation` context if block status can be asked for. */
  readonly allocationContext: number | undefined;
  /** Reads must be multiples of this. 1 when the server named none. */
  readonly minimumBlockSize: number;
  /** Longest read the server takes. */
  readonly maximumBlockSize: number;
}

export interface HandshakeOptions {
  /** Limit for the greeting and for the TLS handshake. */
  readonly connectTimeoutMs: number;
  /** Limit for the host to take the connection. */
  readonly reachTimeoutMs: number;
  /** Limit for each option: a pool's host needs seconds to attach the disk. */
  readonly handshakeTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Without a word from the server, requests up to 32 MiB are fine. Source: NBD proto.md, "Block size constraints". */
const DEFAULT_MAXIMUM_BLOCK_SIZE = 32 * 1024 * 1024;
const OLD_TAIL_BYTES = 124;

/** Connects and negotiates up to the transmission phase. @throws FailureError */
export async function shakeHands(
  target: NbdTarget,
  options: HandshakeOptions,
): Promise<{ transport: Transport; info: ExportInfo }> {
  const trust = target.tls.mode === 'none' ? undefined : tlsTrust(target.tls);
  const reader = new HandshakeReader();
  const limits = { timeoutMs: options.connectTimeoutMs, signal: options.signal };
  const transport = await Transport.connect(target.address, reader, {
    ...limits,
    timeoutMs: Math.min(options.reachTimeoutMs, options.connectTimeoutMs),
    willUpgrade: trust !== undefined,
  });
  transport.onEnded = (ending) => reader.ended(ending);
  const cancel = (): void => transport.fail(nbdFailures.cancelled());
  options.signal?.addEventListener('abort', cancel);
  try {
    const noZeroes = await greet(transport, reader, options.connectTimeoutMs);
    const haggler = new OptionHaggler(transport, reader, options.handshakeTimeoutMs);
    if (trust) {
      await startTls(haggler);
      // Bytes before TLS could come from anybody; they must not count as sent by the trusted server.
      if (reader.unread > 0) throw protocolError('data between the answer to STARTTLS and TLS');
      await transport.upgrade(trust, limits);
    }
    const info = await negotiate(haggler, target.exportName, noZeroes);
    if (reader.unread > 0) throw protocolError('data before the first request');
    return { transport, info };
  } catch (error) {
    transport.destroy();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', cancel);
  }
}

async function greet(transport: Transport, reader: HandshakeReader, timeoutMs: number): Promise<boolean> {
  const { where } = transport;
  await reader.read(1, 'greeting', timeoutMs, nbdFailures.refusedBeforeGreeting(where)).then((first) => {
    if (first[0] !== GREETING[0]) throw protocolError('not an NBD greeting');
  });
  const rest = await reader.read(17, 'greeting', timeoutMs, nbdFailures.closedInHandshake(where, 'greeting'));
  if (!rest.subarray(0, 7).equals(GREETING.subarray(1, 8))) throw protocolError('not an NBD greeting');
  const flags = rest.readUInt16BE(15);
  const newstyle = rest.subarray(7, 15).equals(GREETING.subarray(8));
  if (!newstyle || !(flags & HandshakeFlag.FIXED_NEWSTYLE))
    throw new FailureError(nbdFailures.notNewstyle(where));
  const ours = flags & (HandshakeFlag.FIXED_NEWSTYLE | HandshakeFlag.NO_ZEROES);
  const answer = Buffer.alloc(4);
  answer.writeUInt32BE(ours);
  transport.write(answer);
  return (ours & HandshakeFlag.NO_ZEROES) !== 0;
}

async function startTls(haggler: OptionHaggler): Promise<void> {
  const answer = await haggler.ask(Option.STARTTLS, Buffer.alloc(0), 'STARTTLS');
  if (answer.type !== OptionReply.ACK)
    throw new FailureError(nbdFailures.tlsRefused(haggler.where, explainOption(answer.type)));
}

async function negotiate(haggler: OptionHaggler, exportName: string, noZeroes: boolean): Promise<ExportInfo> {
  const structured = await haggler.ask(Option.STRUCTURED_REPLY, Buffer.alloc(0), 'STRUCTURED_REPLY');
  const structuredReplies = structured.type === OptionReply.ACK;
  const allocationContext = structuredReplies ? await askForAllocation(haggler, exportName) : undefined;
  const basis = { structuredReplies, allocationContext };
  return (await go(haggler, exportName, basis)) ?? (await enterByName(haggler, exportName, noZeroes, basis));
}

type Basis = Pick<ExportInfo, 'structuredReplies' | 'allocationContext'>;

async function askForAllocation(haggler: OptionHaggler, exportName: string): Promise<number | undefined> {
  const count = Buffer.from([0, 0, 0, 1]);
  const data = Buffer.concat([sized(exportName), count, sized(ALLOCATION_CONTEXT)]);
  const answer = await haggler.ask(Option.SET_META_CONTEXT, data, 'SET_META_CONTEXT');
  if (answer.type !== OptionReply.ACK) return undefined;
  const context = answer.infos.find(
    ({ type, data: body }) =>
      type === OptionReply.META_CONTEXT &&
      body.length >= 4 &&
      body.toString('utf8', 4) === ALLOCATION_CONTEXT,
  );
  return context?.data.readUInt32BE(0);
}

/** Undefined when the server knows no GO. */
async function go(haggler: OptionHaggler, exportName: string, basis: Basis): Promise<ExportInfo | undefined> {
  const request = Buffer.from([0, 1, 0, Info.BLOCK_SIZE]);
  const answer = await haggler.ask(Option.GO, Buffer.concat([sized(exportName), request]), 'GO');
  if (answer.type === OptionReply.ERR_UNSUP) return undefined;
  if (answer.type !== OptionReply.ACK)
    throw new FailureError(nbdFailures.exportRefused(haggler.where, explainOption(answer.type)));
  const infos = answer.infos.filter(({ type, data }) => type === OptionReply.INFO && data.length >= 2);
  const find = (kind: number, bytes: number): Buffer | undefined =>
    infos.find(({ data }) => data.readUInt16BE(0) === kind && data.length === bytes)?.data;
  const main = find(Info.EXPORT, 12);
  if (!main) throw protocolError('GO without the size of the export');
  const sizes = find(Info.BLOCK_SIZE, 14);
  return describeExport(
    haggler.where,
    basis,
    main.readBigUInt64BE(2),
    main.readUInt16BE(10),
    sizes?.readUInt32BE(2),
    sizes?.readUInt32BE(10),
  );
}

/** EXPORT_NAME has no error answer: a server that does not want to closes. */
async function enterByName(
  haggler: OptionHaggler,
  exportName: string,
  noZeroes: boolean,
  basis: Basis,
): Promise<ExportInfo> {
  haggler.send(Option.EXPORT_NAME, Buffer.from(exportName));
  const refused = nbdFailures.exportRefused(haggler.where, 'closed the connection at EXPORT_NAME');
  const answer = await haggler.read(10, 'EXPORT_NAME', refused);
  if (!noZeroes) await haggler.read(OLD_TAIL_BYTES, 'EXPORT_NAME');
  return describeExport(haggler.where, basis, answer.readBigUInt64BE(0), answer.readUInt16BE(8));
}

function describeExport(
  where: string,
  basis: Basis,
  size: bigint,
  flags: number,
  minimumBlockSize = 1,
  maximumBlockSize = DEFAULT_MAXIMUM_BLOCK_SIZE,
): ExportInfo {
  if (size > BigInt(MOST_DISK_BYTES)) throw new FailureError(nbdFailures.tooLarge(where, size));
  const isPowerOfTwo = minimumBlockSize > 0 && (minimumBlockSize & (minimumBlockSize - 1)) === 0;
  if (!isPowerOfTwo || minimumBlockSize > 65_536 || maximumBlockSize < Math.max(512, minimumBlockSize))
    throw protocolError(`block sizes from ${minimumBlockSize} to ${maximumBlockSize}`);
  return {
    ...basis,
    sizeBytes: Number(size),
    readOnly: (flags & TransmissionFlag.READ_ONLY) !== 0,
    canMultiConn: (flags & TransmissionFlag.CAN_MULTI_CONN) !== 0,
    minimumBlockSize,
    maximumBlockSize,
  };
}

function sized(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
