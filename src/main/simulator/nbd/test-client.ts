import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { Channel } from './channel';
import { OPTION_MAGIC } from './protocol';

/** Speaks NBD byte by byte, so that tests see exactly what the server sends. */
export class TestClient {
  channel: Channel;

  private constructor(channel: Channel) {
    this.channel = channel;
  }

  static async connect(port: number): Promise<TestClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new TestClient(new Channel(socket));
  }

  read(length: number): Promise<Buffer | undefined> {
    return this.channel.read(length);
  }

  /** Reads the greeting and answers with the client's flags. */
  async greet(flags = 1): Promise<Buffer | undefined> {
    const greeting = await this.read(18);
    await this.channel.write(uint32(flags));
    return greeting;
  }

  async option(code: number, data: Buffer = Buffer.alloc(0)): Promise<void> {
    await this.channel.write(OPTION_MAGIC, uint32(code), uint32(data.length), data);
  }

  /** The reply type of an option, or undefined when the connection was closed. */
  async optionReply(code: number, data?: Buffer): Promise<number | undefined> {
    await this.option(code, data);
    return (await this.read(20))?.readUInt32BE(12);
  }

  async open(exportName: string): Promise<Buffer | undefined> {
    await this.greet();
    await this.option(1, Buffer.from(exportName));
    return await this.read(134);
  }

  async startTls(ca: string, options: ConnectionOptions = {}): Promise<TLSSocket> {
    this.channel.detach();
    const secured = connectTls({ socket: this.channel.socket, ca, servername: 'localhost', ...options });
    await once(secured, 'secureConnect');
    this.channel = new Channel(secured);
    return secured;
  }

  async request(type: number, offset: number | bigint, length: number, handle = 1): Promise<void> {
    const bytes = Buffer.alloc(28);
    bytes.writeUInt32BE(0x2560_9513, 0);
    bytes.writeUInt32BE(type, 4);
    bytes.writeBigUInt64BE(BigInt(handle), 8);
    bytes.writeBigUInt64BE(BigInt(offset), 16);
    bytes.writeUInt32BE(length, 24);
    await this.channel.write(bytes);
  }

  /** The errno of the next reply header; undefined when the connection was closed instead. */
  async reply(): Promise<number | undefined> {
    return (await this.read(16))?.readUInt32BE(4);
  }

  /** All bytes until the server closes. */
  async rest(): Promise<Buffer> {
    this.channel.detach();
    const parts: Buffer[] = [];
    for await (const part of this.channel.socket) parts.push(part as Buffer);
    return Buffer.concat(parts);
  }

  close(): void {
    this.channel.socket.destroy();
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
