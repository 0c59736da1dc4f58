import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { VirtualDisk } from '../storage/virtual-disk';
import { Channel } from './channel';
import { noFaults, strikes, type NbdFaults } from './faults';
import { negotiate } from './negotiation';
import { NbdStatistics } from './statistics';
import { secureContextOf, type ServerCertificate } from './tls';
import { transmit } from './transmission';

/** Connections per host, not per disk. Source: xen-api ocaml/nbd/lib/consts.ml, `connection_limit`. */
export const CONNECTION_LIMIT = 16;

/** An export in use by one connection. */
export interface OpenExport {
  readonly disk: VirtualDisk;
  /**
   * Called once when the connection is over. The connection keeps its place among the 16 and the server's end of the
   * socket stays open until the promise resolves, since xapi-nbd first removes its VBD.
   */
  release(): void | Promise<void>;
}

export interface NbdServerOptions {
  /** The host's certificate; used when TLS is forced. */
  readonly certificate: ServerCertificate;
  /** The purposes of all networks of the pool, asked again for each connection. */
  readonly networkPurposes: () => Iterable<string>;
  /** Checks the session and attaches the disk. Undefined: the connection is closed without a word. */
  readonly openExport: (exportName: string) => Promise<OpenExport | undefined>;
  /** Told what was thrown while a connection was served: a bug, or a disk whose data went away. Left out: it is rethrown. */
  readonly onError?: (error: unknown) => void;
}

/** One host's xapi-nbd. Source of its manners: xen-api ocaml/nbd/src/main.ml. */
export class NbdServer {
  /** Set fields at any time; `Object.assign(server.faults, noFaults())` ends all of them. */
  readonly faults: NbdFaults = noFaults();
  readonly statistics = new NbdStatistics();
  readonly #options: NbdServerOptions;
  readonly #secureContext: SecureContext;
  readonly #server: Server;
  readonly #running = new Map<Socket, Promise<void>>();

  constructor(options: NbdServerOptions) {
    this.#options = options;
    this.#secureContext = secureContextOf(options.certificate);
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.#running.set(
        socket,
        this.#handle(socket).finally(() => this.#running.delete(socket)),
      );
    });
  }

  /** Listens on loopback; port 0 takes a free one. Resolves with the port. */
  async listen(port = 0, address = '127.0.0.1'): Promise<number> {
    this.#server.listen(port, address);
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  /** Cuts all connections, as a restart of the host does. New ones are accepted at once. */
  dropConnections(): void {
    for (const socket of this.#running.keys()) socket.destroy();
  }

  /** Stops listening, cuts all connections and waits until their exports are released. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.dropConnections();
    await Promise.all([closed, ...this.#running.values()]);
  }

  async #handle(socket: Socket): Promise<void> {
    this.statistics.countConnection();
    const channel = new Channel(socket);
    try {
      const mode = this.#accept();
      if (mode === 'refuse') this.statistics.refusedConnections++;
      else await this.#serve(channel, mode === 'tls' ? this.#secureContext : undefined);
    } catch (error) {
      if (!this.#options.onError) throw error;
      this.#options.onError(error);
    } finally {
      this.statistics.connections--;
      await channel.close();
    }
  }

  /** Decides before a byte is sent, so a refused client sees a plain end of the stream. */
  #accept(): 'tls' | 'clear' | 'refuse' {
    if (this.statistics.connections > CONNECTION_LIMIT) return 'refuse';
    if (strikes(this.faults, 'refuseConnections')) return 'refuse';
    const purposes = new Set(this.#options.networkPurposes());
    const tls = purposes.has('nbd');
    if (tls === purposes.has('insecure_nbd')) return 'refuse';
    return tls ? 'tls' : 'clear';
  }

  async #serve(clear: Channel, secureContext: SecureContext | undefined): Promise<void> {
    const negotiated = await negotiate(clear, secureContext, this.faults);
    if (!negotiated) return;
    const { exportName, channel } = negotiated;
    const opened = await this.#options.openExport(exportName);
    if (!opened) return;
    const served = this.statistics.export(exportName);
    served.connections++;
    const { faults, statistics } = this;
    try {
      await transmit({ channel, disk: opened.disk, faults, statistics, served });
    } finally {
      await opened.release();
      await channel.close();
    }
  }
}
