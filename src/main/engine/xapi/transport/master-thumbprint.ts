import { DecoratorHandler, type Dispatcher } from 'undici';
import { parseFingerprint } from './fingerprint';

/**
 * Asks every answer for the fingerprint of the master's certificate and reports it. A pool member adds it to a
 * HOST_IS_SLAVE answer, so a client that trusts the member can trust the master.
 * Source: xen-api ocaml/xapi/api_server.ml, `create_thumbprint_header`.
 */
export const askForMasterThumbprint =
  (report: (fingerprint: string) => void): Dispatcher.DispatcherComposeInterceptor =>
  (dispatch) =>
  (options, handler) =>
    dispatch(
      {
        ...options,
        headers: { ...(options.headers as Record<string, string> | undefined), [REQUEST]: 'sha-256:master' },
      },
      new ThumbprintReader(handler, report),
    );

const REQUEST = 'x-xenapi-request-host-certificate-thumbprint';
const RESPONSE = 'x-xenapi-response-host-certificate-thumbprint';

class ThumbprintReader extends DecoratorHandler {
  readonly #handler: Dispatcher.DispatchHandlers;
  readonly #report: (fingerprint: string) => void;

  constructor(handler: Dispatcher.DispatchHandlers, report: (fingerprint: string) => void) {
    super(handler);
    this.#handler = handler;
    this.#report = report;
  }

  onHeaders(status: number, headers: Buffer[], resume: () => void, statusText: string): boolean {
    for (let at = 0; at + 1 < headers.length; at += 2) {
      if (headers[at].toString('latin1').toLowerCase() !== RESPONSE) continue;
      const fingerprint = parseFingerprint(headers[at + 1].toString('latin1'));
      if (fingerprint !== undefined) this.#report(fingerprint);
    }
    return this.#handler.onHeaders?.(status, headers, resume, statusText) ?? true;
  }
}
