import net from 'node:net';
import tls from 'node:tls';
import { FailureError, toFailure, type Failure } from '../../../shared/model/failure';
import type { ByteReceiver, ReceivePath } from './byte-receiver';
import { connectTlsDirect, tlsReceivePath } from './direct-receive';
import { nbdFailures } from './failures';
import { describeAddress, type NbdAddress } from './target';
import { shownBy, type TlsTrust } from './tls-trust';

/** Why a connection ended: a failure of ours, or what the other side or the system did. */
export interface Ending {
  readonly failure?: Failure;
  /** `end of stream`, `ECONNRESET`, … */
  readonly details: string;
}

const CLOSE_GRACE_MS = 1_000;

/** A TCP or unix socket, upgraded to TLS on request, that hands bytes to whoever is the receiver at the time. */
export class Transport {
  readonly where: string;
  receiver!: ByteReceiver;
  onEnded: (ending: Ending) => void = () => undefined;
  /** How the latest bytes came in. */
  receivePath: ReceivePath = 'direct';
  /** How many times bytes came in. */
  arrivals = 0;
  private socket!: net.Socket;
  private ending: Ending | undefined;

  private readonly onData = (chunk: Buffer): void => this.take('stream', () => this.receiver.consume(chunk));
  private readonly onEnd = (): void => this.end({ details: 'end of stream' });
  private readonly onClose = (): void => this.end({ details: 'closed' });

  private constructor(socket: net.Socket, where: string) {
    this.where = where;
    this.use(socket);
  }

  /**
   * Connects. `willUpgrade` leaves the bytes before TLS to stream events, because the socket under a TLS connection
   * must not have a buffer of its own.
   * @throws FailureError `nbd-unreachable`, `nbd-timeout`, or that of `signal`
   */
  static async connect(
    address: NbdAddress,
    receiver: ByteReceiver,
    options: { willUpgrade: boolean; timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<Transport> {
    const where = describeAddress(address);
    const to = address.kind === 'tcp' ? { host: address.host, port: address.port } : { path: address.path };
    const late: { transport?: Transport } = {};
    const socket = net.connect({
      ...to,
      noDelay: true,
      keepAlive: true,
      ...(options.willUpgrade ? {} : { onread: onreadInto(() => late.transport) }),
    });
    const transport = (late.transport = new Transport(socket, where));
    transport.receiver = receiver;
    await transport.opened('connect', options, (error) =>
      nbdFailures.unreachable(where, (error as NodeJS.ErrnoException).code ?? error.message),
    );
    transport.listen();
    return transport;
  }

  /** Starts TLS; resolves once the server has proved to be the trusted one and before anything is sent to it. */
  async upgrade(
    trust: TlsTrust,
    options: { timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<void> {
    const plain = this.socket;
    this.stopListening();
    const secure: tls.ConnectionOptions = { ...trust.options, socket: plain, minVersion: 'TLSv1.2' };
    const socket =
      tlsReceivePath() === 'direct'
        ? connectTlsDirect(
            secure,
            onreadInto(() => this),
          )
        : tls.connect(secure);
    this.use(socket);
    let shown: Buffer | undefined;
    // Emitted before Node verifies: the only chance to learn which certificate it is about to refuse.
    socket.prependListener('secure', () => (shown = shownBy(socket)));
    await this.opened('secureConnect', options, (error) => trust.refusal(error, shown, this.where));
    const failure = trust.verify(socket, this.where);
    if (failure) {
      this.destroy();
      throw new FailureError(failure);
    }
    this.listen();
  }

  write(bytes: Buffer): void {
    if (!this.ending) this.socket.write(bytes);
  }

  /** Ends the connection at once because of `failure` and tells the owner. */
  fail(failure: Failure): void {
    this.end({ failure, details: failure.code });
  }

  /** Ends the connection at once without telling anybody. */
  destroy(): void {
    this.ending ??= { details: 'closed by us' };
    this.socket.destroy();
  }

  /**
   * Sends `lastBytes`, waits a moment for the other side and closes. `reading` says whether bytes may still be
   * received; without it, memory handed out by the receiver is left alone from now on.
   */
  async close(lastBytes: Buffer, reading: boolean): Promise<void> {
    if (this.ending) return;
    this.ending = { details: 'closed by us' };
    if (!reading) this.socket.pause();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, CLOSE_GRACE_MS);
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.socket.once('close', done);
      this.socket.end(lastBytes, reading ? undefined : done);
    });
    this.socket.destroy();
  }

  private opened(
    event: 'connect' | 'secureConnect',
    options: { timeoutMs: number; signal?: AbortSignal | undefined },
    explain: (error: Error) => Failure,
  ): Promise<void> {
    const { socket } = this;
    return new Promise<void>((resolve, reject) => {
      const settle = (failure: Failure | undefined): void => {
        clearTimeout(timer);
        options.signal?.removeEventListener('abort', cancelled);
        socket.off(event, opened).off('error', failed).off('close', closed);
        if (!failure) {
          resolve();
          return;
        }
        this.destroy();
        reject(new FailureError(failure));
      };
      const opened = (): void => settle(undefined);
      const failed = (error: Error): void => settle(explain(error));
      const closed = (): void => settle(explain(new Error('the connection was closed')));
      const cancelled = (): void => settle(nbdFailures.cancelled());
      const timer = setTimeout(
        () =>
          settle(
            nbdFailures.timeout(event === 'connect' ? 'connecting' : 'TLS handshake', options.timeoutMs),
          ),
        options.timeoutMs,
      );
      socket.once(event, opened).once('error', failed).once('close', closed);
      options.signal?.addEventListener('abort', cancelled);
      if (options.signal?.aborted) cancelled();
    });
  }

  private use(socket: net.Socket): void {
    this.socket = socket;
    socket.on('error', (error: NodeJS.ErrnoException) => this.end({ details: error.code ?? error.message }));
  }

  private listen(): void {
    this.socket.on('data', this.onData).on('end', this.onEnd).on('close', this.onClose);
  }

  private stopListening(): void {
    this.socket.off('data', this.onData).off('end', this.onEnd).off('close', this.onClose);
  }

  private end(ending: Ending): void {
    if (this.ending) return;
    this.ending = ending;
    this.socket.destroy();
    this.onEnded(ending);
  }

  /** @internal Runs the receiver; what it throws ends the connection. */
  take(path: ReceivePath, work: () => void): void {
    if (this.ending) return;
    this.receivePath = path;
    this.arrivals++;
    try {
      work();
    } catch (error) {
      this.fail(toFailure(error));
    }
  }
}

/** After the end nobody reads: what the kernel still has goes here. */
const discarded = Buffer.allocUnsafeSlow(4096);

function onreadInto(transport: () => Transport | undefined): net.OnReadOpts {
  return {
    buffer: () => transport()?.receiver.nextBuffer() ?? discarded,
    callback: (count, buffer) => {
      const owner = transport();
      owner?.take('direct', () => owner.receiver.received(count, buffer as Buffer));
      return true;
    },
  };
}
