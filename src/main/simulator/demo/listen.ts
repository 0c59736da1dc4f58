import type { HttpsServer } from '../hosts/https-server';
import { HOSTS } from './blueprint';

export interface Listening {
  readonly address: string;
  readonly port: number;
}

const LOOPBACK = '127.0.0.1';
const ATTEMPTS = 5;

/**
 * Puts the hosts' HTTPS servers on one port each of their own loopback address, as real hosts share port 443, so that
 * a bare address in HOST_IS_SLAVE or a redirect leads to the right one. Where the system has only one loopback
 * address (macOS), further hosts take a port of their own.
 */
export async function listenAll(
  servers: readonly HttpsServer[],
  { address = LOOPBACK, port = 0 }: { address?: string | undefined; port?: number | undefined },
): Promise<Listening[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await listenOnce(servers, address, port);
    } catch (error) {
      // Another program has the chosen free port on a further address.
      if (port !== 0 || attempt === ATTEMPTS || codeOf(error) !== 'EADDRINUSE') throw error;
    }
  }
}

async function listenOnce(
  servers: readonly HttpsServer[],
  address: string,
  port: number,
): Promise<Listening[]> {
  const [first, ...others] = servers;
  const listening = [{ address, port: await first.listen(port, address) }];
  try {
    for (const [index, server] of others.entries()) {
      const own = address === LOOPBACK ? HOSTS[index + 1].ip : address;
      listening.push(await listenBeside(server, own, own === address ? 0 : listening[0].port));
    }
    return listening;
  } catch (error) {
    await Promise.all(servers.slice(0, listening.length).map((server) => server.stopListening()));
    throw error;
  }
}

async function listenBeside(server: HttpsServer, address: string, port: number): Promise<Listening> {
  try {
    return { address, port: await server.listen(port, address) };
  } catch (error) {
    if (codeOf(error) !== 'EADDRNOTAVAIL') throw error;
    return { address: LOOPBACK, port: await server.listen(0, LOOPBACK) };
  }
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
