import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { Agent } from 'undici';
import { FailureError, type Failure } from '../../../../shared/model/failure';
import { fingerprintOf } from './fingerprint';

/** SHA-256 fingerprints (`AA:BB:…`) of the certificates that are accepted; any one of them. */
export type PinnedFingerprints = readonly string[];

const CONNECT_TIMEOUT = 15_000;
/** XAPI may think for minutes before it answers a call. */
const ANSWER_TIMEOUT = 10 * 60_000;

export interface TlsAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Opens a TLS socket without judging the certificate: the caller compares its fingerprint before it uses the socket.
 * The handshake proves that the peer holds the key of the certificate it shows, so a pin on the certificate
 * identifies the peer without names, dates or authorities. Sends nothing but the handshake.
 */
export function openTls({ host, port }: TlsAddress): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: false,
    });
    const timer = setTimeout(() => {
      socket.destroy(
        Object.assign(new Error(`no TLS connection in ${CONNECT_TIMEOUT} ms`), { code: 'ETIMEDOUT' }),
      );
    }, CONNECT_TIMEOUT);
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.once('close', () => {
      clearTimeout(timer);
      reject(Object.assign(new Error('connection closed during the TLS handshake'), { code: 'ECONNRESET' }));
    });
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error').removeAllListeners('close');
      resolve(socket);
    });
  });
}

/** A TLS socket to a peer whose certificate has one of the fingerprints. @throws FailureError `certificate-changed` */
export async function openPinnedTls(address: TlsAddress, pins: PinnedFingerprints): Promise<TLSSocket> {
  const socket = await openTls(address);
  const der = socket.getPeerX509Certificate()?.raw;
  const actual = der === undefined ? 'none' : fingerprintOf(der);
  if (!pins.includes(actual)) {
    socket.destroy();
    throw new FailureError(certificateChanged(address.host, pins, actual));
  }
  socket.disableRenegotiation();
  return socket;
}

/** HTTPS connections that only ever reach a pinned peer. Ignores proxy settings: nothing may stand in between. */
export function pinnedAgent(pins: PinnedFingerprints): Agent {
  return new Agent({
    headersTimeout: ANSWER_TIMEOUT,
    bodyTimeout: ANSWER_TIMEOUT,
    connect: ({ hostname, port }, callback) => {
      const host = hostname.replace(/^\[(.*)\]$/, '$1');
      openPinnedTls({ host, port: port === '' ? 443 : Number(port) }, pins).then(
        (socket) => {
          socket.setNoDelay(true).setKeepAlive(true, 30_000);
          callback(null, socket);
        },
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
      );
    },
  });
}

export const certificateChanged = (host: string, expected: PinnedFingerprints, actual: string): Failure => ({
  code: 'certificate-changed',
  message:
    `${host} shows another certificate than the trusted one. ` +
    `Expected SHA-256 ${expected.join(' or ') || 'none'}, got ${actual}. Nothing was sent.`,
  nextStep:
    'If the host was reinstalled or its certificate renewed, compare the new fingerprint on the host itself and ' +
    'trust it. Otherwise somebody may be reading along: do not connect.',
});
