import { once } from 'node:events';
import { createHash, X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Dispatcher } from '../calls/dispatcher';
import type { HostCertificate } from '../certificate';
import { masterRef, type PoolState } from '../pool-state';
import { serveExport } from '../raw-disks/export-handler';
import { serveImport } from '../raw-disks/import-handler';
import type { RpcResult } from '../rpc/call';
import { serveRpc, type RpcEndpoint } from '../rpc/endpoint';

/** Header with which a client asks a supporter for the master's certificate. Source: xen-api ocaml/xapi/xapi_globs.ml. */
const THUMBPRINT_REQUEST = 'x-xenapi-request-host-certificate-thumbprint';
const THUMBPRINT_RESPONSE = 'x-xenapi-response-host-certificate-thumbprint';

export interface HttpsServerOptions {
  readonly pool: PoolState;
  readonly dispatcher: Dispatcher;
  readonly certificate: HostCertificate;
  /** Reference of the host that the server belongs to; known once the pool is built. */
  readonly host: () => string;
  /** Told of what is thrown while a request is served: a bug. */
  readonly onError: (error: unknown) => void;
}

/** One host's XAPI: remote calls and the raw disk handlers. */
export class HttpsServer {
  readonly #server: Server;
  readonly #options: HttpsServerOptions;
  readonly #running = new Set<Promise<void>>();

  constructor(options: HttpsServerOptions) {
    this.#options = options;
    const { certPem, keyPem } = options.certificate;
    this.#server = createServer(
      { cert: certPem, key: keyPem, minVersion: 'TLSv1.2' },
      (request, response) => {
        const work = this.#serve(request, response).finally(() => this.#running.delete(work));
        this.#running.add(work);
      },
    );
    // Uploads and event.from take as long as they take.
    this.#server.requestTimeout = 0;
  }

  /** Listens; port 0 takes a free one. Resolves with the port. */
  async listen(port: number, address: string): Promise<number> {
    this.#server.listen(port, address);
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  async stopListening(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Stops listening, cuts all connections and waits for what was being served. */
  async close(): Promise<void> {
    const closed = this.stopListening();
    this.#server.closeAllConnections();
    await Promise.all([closed, ...this.#running]);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    request.on('error', () => undefined);
    try {
      await this.#route(request, response);
    } catch (error) {
      if (!isDisconnect(error)) this.#options.onError(error);
      response.destroy();
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pool } = this.#options;
    const host = this.#options.host();
    const { pathname } = new URL(request.url ?? '/', 'https://localhost');
    if (request.method === 'POST') await serveRpc(this.#endpoint, request, response);
    else if (request.method === 'GET' && pathname === '/export_raw_vdi') {
      await serveExport(pool, host, request, response);
    } else if (request.method === 'PUT' && pathname === '/import_raw_vdi') {
      await serveImport(pool, host, request, response);
    } else {
      response.writeHead(404, { 'content-type': 'text/html', connection: 'close' });
      response.end('<html><body><h1>HTTP 404 not found</h1></body></html>');
    }
  }

  get #endpoint(): RpcEndpoint {
    const { dispatcher, host } = this.#options;
    return {
      run: (call, signal) => dispatcher.dispatch(host(), call, signal),
      headers: (request, result) => this.#thumbprint(request, result),
    };
  }

  #thumbprint(request: IncomingMessage, result: RpcResult): Readonly<Record<string, string>> {
    if (result.ok || result.error.code !== 'HOST_IS_SLAVE') return {};
    const algorithm = { 'sha-256:master': 'sha256', 'sha-1:master': 'sha1' }[
      String(request.headers[THUMBPRINT_REQUEST])
    ];
    if (algorithm === undefined) return {};
    const { pool } = this.#options;
    const master = pool.hosts.find(({ ref }) => ref === masterRef(pool))!;
    const { raw } = new X509Certificate(master.certificate.certPem);
    const digest = createHash(algorithm).update(raw).digest('hex').toUpperCase();
    return { [THUMBPRINT_RESPONSE]: digest.replace(/..(?!$)/g, '$&:') };
  }
}

/** The client went away in the middle of its request. */
const isDisconnect = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'ECONNRESET' || error.code === 'ERR_STREAM_PREMATURE_CLOSE');
