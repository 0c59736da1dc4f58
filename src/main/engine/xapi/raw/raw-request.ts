import { request, type Dispatcher } from 'undici';
import { FailureError } from '../../../../shared/model/failure';
import { addressOfHost, type PoolAddress } from '../transport/address';
import { fingerprintOfPem } from '../transport/certificate';
import { pinnedAgent } from '../transport/pinned-tls';
import { unexpectedAnswer } from '../errors/call-failure';
import type { RawSession } from './raw-session';

/** A pinned way to one host of the pool. */
export interface RawRoute {
  readonly address: PoolAddress;
  readonly dispatcher: Dispatcher;
  /** Closes what was opened for this route. */
  release(): Promise<void>;
}

export interface RawRequest {
  readonly method: 'GET' | 'PUT';
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body?: AsyncIterable<Uint8Array>;
  /** Exact length of the body in bytes. XAPI refuses chunked transfer. */
  readonly contentLength?: number;
  readonly signal?: AbortSignal;
}

/** XAPI is silent while it skips empty ranges of a disk. */
const LONGEST_SILENCE = 30 * 60_000;

export function send(route: RawRoute, raw: RawRequest): Promise<Dispatcher.ResponseData> {
  return request(`${route.address.origin}${raw.path}`, {
    dispatcher: route.dispatcher,
    method: raw.method,
    query: raw.query,
    ...(raw.body ? { body: raw.body as never } : {}),
    ...(raw.contentLength === undefined ? {} : { headers: { 'content-length': String(raw.contentLength) } }),
    headersTimeout: LONGEST_SILENCE,
    bodyTimeout: LONGEST_SILENCE,
    ...(raw.signal ? { signal: raw.signal } : {}),
  });
}

/**
 * The route a 302 answer names. XAPI sends a raw transfer to the host that has the storage, which has a certificate
 * of its own: it is asked of the master and pinned. Source: xen-api ocaml/xapi/importexport.ml.
 * @throws FailureError `redirect-refused` when the address is no host of the pool
 */
export async function followRedirect(
  location: string | string[] | undefined,
  session: RawSession,
): Promise<RawRoute> {
  const target = typeof location === 'string' && URL.canParse(location) ? new URL(location) : undefined;
  if (target?.protocol !== 'https:')
    throw new FailureError(unexpectedAnswer('a redirect', 'no https address'));
  const host = target.hostname.replace(/^\[(.*)\]$/, '$1');
  const pins = (await session.certificatesOf(host)).flatMap((pem) => fingerprintOfPem(pem) ?? []);
  if (pins.length === 0) {
    throw new FailureError({
      code: 'redirect-refused',
      message: `The pool points to ${host}, which is none of its hosts.`,
      nextStep: 'Check the pool’s host addresses. Nothing was sent there.',
    });
  }
  const dispatcher = pinnedAgent(pins);
  return {
    address: addressOfHost(host, target.port === '' ? 443 : Number(target.port)),
    dispatcher,
    release: () => dispatcher.destroy(),
  };
}

/** What a refused raw request means. @throws FailureError */
export function refuse(status: number, path: string): never {
  if (status === 401 || status === 403) {
    throw new FailureError({
      code: 'session-expired',
      message: 'The host did not accept the session for the transfer.',
      nextStep: 'Connect to the pool again.',
      details: `${path}: HTTP ${status}`,
    });
  }
  if (status === 404) {
    throw new FailureError({
      code: 'transfer-unsupported',
      message: 'The host does not offer this transfer or format.',
      nextStep: 'Choose another format, or use NBD.',
      details: `${path}: HTTP ${status}`,
    });
  }
  throw new FailureError({
    code: 'transfer-refused',
    message: 'The host refused the transfer.',
    nextStep: 'Look at the pool’s tasks and at xensource.log on the host.',
    details: `${path}: HTTP ${status}`,
  });
}
