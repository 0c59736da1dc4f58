import type { IncomingMessage, ServerResponse } from 'node:http';
import { masterRef, type PoolState } from '../pool-state';
import { XapiError } from '../rpc/xapi-error';
import { fail } from '../calls/tasks';
import { openSession, useSession } from '../sessions/sessions';

/** What a raw disk request asks for, after its session was checked. */
export interface DiskRequest {
  readonly query: URLSearchParams;
  /** Reference of the task that the request reports to, if the client made one. */
  readonly task: string | undefined;
}

/**
 * Checks the session, by query or Basic authentication. Undefined: the request was answered with 401 and its task has
 * failed. Source: xen-api ocaml/xapi/xapi_http.ml.
 */
export function authorize(
  pool: PoolState,
  host: string,
  request: IncomingMessage,
  response: ServerResponse,
): DiskRequest | undefined {
  const query = new URL(request.url ?? '/', 'https://localhost').searchParams;
  const task = query.get('task_id') ?? undefined;
  try {
    const session = query.get('session_id');
    if (session === null) basicLogin(pool, host, request.headers.authorization);
    else useSession(pool, session);
    return { query, task };
  } catch (error) {
    if (!(error instanceof XapiError)) throw error;
    if (task !== undefined) fail(pool, task, error);
    answer(response, 401, { 'www-authenticate': 'Basic realm="XenAPI"' });
    return undefined;
  }
}

function basicLogin(pool: PoolState, host: string, header: string | undefined): void {
  const given = Buffer.from(/^Basic (.+)$/i.exec(header ?? '')?.[1] ?? '', 'base64').toString();
  const { user, password } = pool.credentials;
  if (given !== `${user}:${password}`) throw new XapiError('SESSION_AUTHENTICATION_FAILED', user, '');
  pool.db.session.destroy(openSession(pool, host, user, ''));
}

/**
 * Sends the client to a host that can see the storage, with the whole query. False: this host can.
 * @throws XapiError HOST_CANNOT_SEE_SR when no host can
 */
export function redirect(
  pool: PoolState,
  host: string,
  sr: string,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const { db } = pool;
  const seeing = [...db.SR.get(sr).PBDs]
    .map((pbd) => db.PBD.get(pbd))
    .filter((pbd) => pbd.currently_attached)
    .map((pbd) => pbd.host);
  if (seeing.includes(host)) return false;
  const master = masterRef(pool);
  const chosen = seeing.includes(master) ? master : seeing[0];
  const target = pool.hosts.find(({ ref }) => ref === chosen);
  if (!target) throw new XapiError('HOST_CANNOT_SEE_SR', host, sr);
  const port = target.httpsPort === 443 ? '' : `:${target.httpsPort}`;
  answer(response, 302, { location: `https://${target.address}${port}${request.url ?? ''}` });
  return true;
}

/** A short answer without a body, after which the connection ends. */
export function answer(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...headers, 'content-length': '0', connection: 'close' });
  response.end();
}
