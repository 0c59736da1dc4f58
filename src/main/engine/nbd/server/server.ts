import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { FailureError, type Failure } from '../../../../shared/model/failure';
import { describeAddress, type NbdAddress } from '../target';
import { negotiate } from './negotiate';
import { RequestReader } from './request-reader';
import type { ServedDisk } from './served-disk';
import { Transmission } from './transmission';

const MAX_CONNECTIONS = 16;
const HANDSHAKE_MS = 30_000;

export interface NbdServerOptions {
  readonly disk: ServedDisk;
  /** Port 0: a free one. */
  readonly listen: NbdAddress;
  /** Bytes that a client read. */
  readonly onRead?: (bytes: number) => void;
  readonly onFailure?: (failure: Failure) => void;
}

export interface RunningNbdServer {
  readonly uri: string;
  /** Ends all connections and waits until nothing is read any more. The disk's source stays open. */
  close(): Promise<void>;
}

/**
 * Offers a disk read-only over NBD, without TLS: only to be reached from this machine, which the caller sees to.
 * Any number of requests may be under way, over up to 16 connections, each bounded in memory.
 * @throws FailureError `cannot-listen`
 */
export async function startNbdServer(options: NbdServerOptions): Promise<RunningNbdServer> {
  const { listen } = options;
  const clients = new Map<Socket, Promise<void>>();
  const server = createServer({ noDelay: true }, (socket) => {
    if (clients.size >= MAX_CONNECTIONS) {
      socket.destroy();
      return;
    }
    const done = serve(socket, options).finally(() => clients.delete(socket));
    clients.set(socket, done);
  });
  await listening(server, listen);
  return {
    uri: uriOf(listen, server),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of clients.keys()) socket.destroy();
      await Promise.all(clients.values());
      await closed;
    },
  };
}

async function serve(
  socket: Socket,
  { disk, onRead = () => undefined, onFailure = () => undefined }: NbdServerOptions,
): Promise<void> {
  socket.on('error', () => socket.destroy()); // a client may leave at any byte
  const reader = new RequestReader(socket);
  const tooSlow = setTimeout(() => socket.destroy(), HANDSHAKE_MS);
  const agreed = await negotiate(socket, reader, disk);
  clearTimeout(tooSlow);
  if (agreed) await new Transmission(socket, disk, agreed, { onRead, onFailure }).run(reader);
  socket.end();
  socket.destroySoon();
}

function listening(server: Server, address: NbdAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(address, error)));
    if (address.kind === 'tcp') server.listen(address.port, address.host, resolve);
    else forThisAccount(() => server.listen(address.path, resolve));
  });
}

/** A socket that got its mode after it was made could be connected to until then. */
function forThisAccount(make: () => void): void {
  const before = process.umask(0o177);
  try {
    make();
  } finally {
    process.umask(before);
  }
}

function cannotListen(address: NbdAddress, error: NodeJS.ErrnoException): FailureError {
  const taken = error.code === 'EADDRINUSE';
  const failure: Failure = {
    code: 'cannot-listen',
    message: `The address ${describeAddress(address)} cannot be listened on${taken ? ': it is in use' : ''}.`,
    nextStep:
      taken && address.kind === 'unix'
        ? 'Choose another path, or remove the socket if no program uses it any more.'
        : 'Choose another address; port 0 takes a free one.',
    details: error.message,
  };
  return new FailureError(failure, { cause: error });
}

function uriOf(address: NbdAddress, server: Server): string {
  if (address.kind === 'unix') return `nbd+unix:///?socket=${encodeURIComponent(address.path)}`;
  const { port } = server.address() as AddressInfo;
  return `nbd://${address.host.includes(':') ? `[${address.host}]` : address.host}:${port}/`;
}
