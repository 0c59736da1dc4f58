import { FailureError, type Failure } from '../../../shared/model/failure';
import { nbdFailures, protocolError } from './failures';
import type { HandshakeReader } from './handshake-reader';
import { OPTION_MAGIC, OPTION_REPLY_MAGIC, OptionReply, optionErrorName } from './protocol';
import type { Transport } from './transport';

/** Longest option reply that a server has reason to send, in bytes (two strings of 4096 and some numbers). */
const MAX_REPLY_BYTES = 16_384;
const MAX_REPLIES_PER_OPTION = 64;

export interface OptionAnswer {
  /** `ACK` or the error type. */
  readonly type: number;
  /** Data of the replies of other types that came before. */
  readonly infos: readonly { readonly type: number; readonly data: Buffer }[];
}

/** Sends options and reads their answers. Source: NBD proto.md, "Option haggling". */
export class OptionHaggler {
  private readonly transport: Transport;
  private readonly reader: HandshakeReader;
  private readonly timeoutMs: number;

  constructor(transport: Transport, reader: HandshakeReader, timeoutMs: number) {
    this.transport = transport;
    this.reader = reader;
    this.timeoutMs = timeoutMs;
  }

  send(option: number, data: Buffer = Buffer.alloc(0)): void {
    const head = Buffer.alloc(16);
    OPTION_MAGIC.copy(head);
    head.writeUInt32BE(option, 8);
    head.writeUInt32BE(data.length, 12);
    this.transport.write(Buffer.concat([head, data]));
  }

  read(
    bytes: number,
    step: string,
    closed?: Failure,
    until = performance.now() + this.timeoutMs,
  ): Promise<Buffer> {
    return this.reader.read(
      bytes,
      step,
      Math.max(0, until - performance.now()),
      closed ?? nbdFailures.closedInHandshake(this.transport.where, step),
    );
  }

  /** Sends an option and reads replies until ACK or an error. @throws FailureError */
  async ask(option: number, data: Buffer, step: string, closed?: Failure): Promise<OptionAnswer> {
    this.send(option, data);
    const until = performance.now() + this.timeoutMs;
    const infos: { type: number; data: Buffer }[] = [];
    while (infos.length < MAX_REPLIES_PER_OPTION) {
      const head = await this.read(20, step, closed, until);
      if (head.readBigUInt64BE(0) !== OPTION_REPLY_MAGIC)
        throw protocolError(`wrong option reply magic (${step})`);
      if (head.readUInt32BE(8) !== option)
        throw protocolError(`answer to an option that was not asked (${step})`);
      const type = head.readUInt32BE(12);
      const length = head.readUInt32BE(16);
      if (length > MAX_REPLY_BYTES) throw protocolError(`option reply of ${length} bytes (${step})`);
      const body = length === 0 ? Buffer.alloc(0) : await this.read(length, step, closed, until);
      if (type === OptionReply.ERR_TLS_REQD)
        throw new FailureError(nbdFailures.tlsRequired(this.transport.where));
      if (type === OptionReply.ACK || isError(type)) return { type, infos };
      infos.push({ type, data: body });
    }
    throw protocolError(`endless replies (${step})`);
  }

  get where(): string {
    return this.transport.where;
  }
}

const isError = (type: number): boolean => type >= OptionReply.ERROR_BIT;
export const explainOption = (type: number): string => optionErrorName(type);
