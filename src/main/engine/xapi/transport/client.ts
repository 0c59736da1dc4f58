import type { Dispatcher } from 'undici';
import { createClient, type Xapi } from 'xen-api';
import { FailureError } from '../../../../shared/model/failure';
import { poolDisconnected } from '../errors/call-failure';
import { xapiFailure } from '../errors/error-map';
import type { PoolAddress } from './address';
import { jsonRpc } from './json-rpc';
import { askForMasterThumbprint } from './master-thumbprint';
import { pinnedAgent, type PinnedFingerprints } from './pinned-tls';

export interface ClientOptions {
  readonly address: PoolAddress;
  readonly user: string;
  readonly password: string;
  readonly pins: PinnedFingerprints;
}

/** What a pool's log and session list show, and the budget its sessions count against. */
const ORIGINATOR = 'deltascope';
const API_VERSION = '1.0';
const LOGOUT_TIMEOUT = 5000;

/** The host is a member of a pool. `thumbprint`: the master's certificate, if the member told it. */
export class NotTheMasterError extends FailureError {
  constructor(
    readonly master: string,
    readonly thumbprint: string | undefined,
  ) {
    super(xapiFailure('HOST_IS_SLAVE', [master]));
  }
}

/**
 * One session with a pool through the npm package xen-api, with what that lacks: a pinned certificate, an originator,
 * a redirect to the master that keeps the pin, and a logout that is waited for. It logs in again by itself when the
 * session has expired. Answers are unknown; callers validate them.
 */
export class XapiClient {
  readonly address: PoolAddress;
  /** HTTPS to this host and no other. */
  readonly dispatcher: Dispatcher;
  readonly #xapi: Xapi;
  #thumbprint: string | undefined;
  #login: Promise<void> | undefined;
  #closed = false;

  constructor({ address, user, password, pins }: ClientOptions) {
    silenceLibraryLog();
    this.address = address;
    this.dispatcher = pinnedAgent(pins).compose(
      askForMasterThumbprint((found) => (this.#thumbprint = found)),
    );
    this.#xapi = createClient({
      url: address.origin,
      auth: { user, password },
      allowUnauthorized: false,
      watchEvents: false,
      transport: 'json-rpc',
    });
    this.#xapi._undiciDispatcher = this.dispatcher;
    this.#xapi._createTransport = jsonRpc;
    this.#xapi._setUrl(this.#xapi._url);
    this.#adjustCalls();
  }

  get connected(): boolean {
    return this.#xapi.status === 'connected';
  }

  /** The secret that opens the session. @throws FailureError `pool-disconnected` */
  get sessionId(): string {
    const id = this.#xapi._sessionId;
    if (id === undefined) throw new FailureError(poolDisconnected);
    return id;
  }

  /** Logs in. Does nothing when there is a session. */
  connect(): Promise<void> {
    return this.#xapi.connect();
  }

  /** Calls a method with the session put first. Rejects with whatever xen-api or the network throws. */
  call(method: string, parameters: readonly unknown[]): Promise<unknown> {
    if (!this.connected) return Promise.reject(new FailureError(poolDisconnected));
    return this.#xapi.call(method, ...parameters);
  }

  /** Logs out, as far as the pool can be reached, and closes all connections. */
  async close(): Promise<void> {
    this.#closed = true;
    const id = this.#xapi._sessionId;
    this.#xapi._sessionId = undefined; // keeps xen-api from a second logout that nobody waits for
    if (id !== undefined)
      await this.#xapi._call('session.logout', [id], LOGOUT_TIMEOUT).catch(ignoreUnreachable);
    await this.#xapi.disconnect();
    await this.dispatcher.destroy();
  }

  #adjustCalls(): void {
    const xapi = this.#xapi;
    const call = xapi._call.bind(xapi);
    xapi._call = async (method, parameters = [], timeout) => {
      const isLogin = method === 'session.login_with_password';
      try {
        return await call(method, isLogin ? [...parameters, API_VERSION, ORIGINATOR] : parameters, timeout);
      } catch (error) {
        throw notTheMaster(error, this.#thumbprint) ?? error;
      }
    };
    // xen-api forgets the session while it logs in again, and calls made meanwhile fail; here they wait.
    xapi._sessionCall = async (method, parameters = []) => {
      const session = await this.#session();
      try {
        return await xapi._call(method, [session, ...parameters]);
      } catch (error) {
        if (!hasCode(error, 'SESSION_INVALID')) throw error;
        return await xapi._call(method, [await this.#session(session), ...parameters]);
      }
    };
  }

  /** The session; a new one if there is none, or if it is still the one that `expired`. */
  async #session(expired?: string): Promise<string> {
    if (this.#closed) throw new FailureError(poolDisconnected);
    const current = this.#xapi._sessionId;
    if (this.#login === undefined && current !== undefined && current !== expired) return current;
    this.#login ??= this.#xapi._sessionOpen().finally(() => (this.#login = undefined));
    await this.#login;
    return this.sessionId;
  }
}

/** xen-api would follow HOST_IS_SLAVE to any address; with an error of our own it stops and we decide. */
function notTheMaster(error: unknown, thumbprint: string | undefined): NotTheMasterError | undefined {
  if (!hasCode(error, 'HOST_IS_SLAVE')) return undefined;
  const [master] = 'params' in error && Array.isArray(error.params) ? (error.params as unknown[]) : [];
  return new NotTheMasterError(typeof master === 'string' ? master : '', thumbprint);
}

const hasCode = (error: unknown, code: string): error is Error & { readonly code: string } =>
  error instanceof Error && 'code' in error && error.code === code;

/** The session ends by itself after a day when the pool cannot be told. Source: xapi_globs.ml, inactive_session_timeout. */
const ignoreUnreachable = (): void => undefined;

/** With DEBUG set, xen-api logs the answers of its calls, sessions included. Its logger reads this global. */
function silenceLibraryLog(): void {
  Object.assign(globalThis, { [Symbol.for('@xen-orchestra/log')]: () => undefined });
}
