import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';

export interface ServerCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

/** TLS 1.2 with two cipher suites and one curve. Source: xen-api ocaml/xapi-consts/tls_policy.ml, ocaml/nbd/src/main.ml. */
export function secureContextOf({ certPem, keyPem }: ServerCertificate): SecureContext {
  return createSecureContext({
    cert: certPem,
    key: keyPem,
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    ciphers: 'ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256',
    ecdhCurve: 'secp384r1',
  });
}

/** The server's side of a handshake. Undefined when it failed; the connection is closed then. */
export async function acceptTls(
  socket: Socket,
  secureContext: SecureContext,
): Promise<TLSSocket | undefined> {
  const secured = new TLSSocket(socket, { isServer: true, secureContext });
  return await new Promise((resolve) => {
    secured.on('error', () => undefined);
    secured.once('secure', () => resolve(secured));
    secured.once('close', () => resolve(undefined));
  });
}

/** A fatal handshake_failure alert, as a server sends it that accepts nothing of what the client offers. RFC 5246, 7.2. */
export const HANDSHAKE_FAILURE = Buffer.from([21, 3, 3, 0, 2, 2, 40]);
