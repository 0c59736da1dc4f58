import tls from 'node:tls';
import { FailureError, type Failure } from '../../../shared/model/failure';
import { nbdFailures } from './failures';
import { fingerprintOf, fingerprintOfPem, normalizeFingerprint } from './fingerprint';
import { systemAuthorities } from './system-authorities';
import type { ClientCertificate, SecureTls } from './target';

/** How one TLS connection is verified. */
export interface TlsTrust {
  /** What Node verifies itself, before it reports the connection as secure. */
  readonly options: tls.ConnectionOptions;
  /** What is wrong with the certificate that the server showed; asked before the first byte is sent to it. */
  verify(socket: tls.TLSSocket, where: string): Failure | undefined;
  /** The failure for a connection that Node itself refused; `shown` is the server's certificate if it got that far. */
  refusal(error: Error, shown: Buffer | undefined, where: string): Failure;
}

class WrongIdentity extends Error {}

/** @throws FailureError `nbd-bad-trust-settings` when the certificate or fingerprint to trust is malformed. */
export function tlsTrust(tlsMode: SecureTls): TlsTrust {
  const trust = trustOf(tlsMode);
  return { ...trust, options: { ...trust.options, ...identity(tlsMode.clientCertificate) } };
}

function trustOf(tlsMode: SecureTls): TlsTrust {
  switch (tlsMode.mode) {
    case 'pinned-certificate':
      return exactly(fingerprintOfPem(tlsMode.certPem), {
        ca: tlsMode.certPem,
        // Node 20.18 and newer: the pinned certificate may have been signed by an authority we are not given.
        ...{ allowPartialTrustChain: true },
        rejectUnauthorized: true,
        ...sni(tlsMode.servername),
      });
    case 'fingerprint':
      // There is no certificate to build a chain to, so `verify` alone decides: it compares the whole certificate,
      // and the handshake has proved that the server holds its key.
      return exactly(normalizeFingerprint(tlsMode.sha256), { rejectUnauthorized: false });
    case 'ca':
      return byAuthority(tlsMode.caPem, tlsMode.servername);
  }
}

function exactly(expected: string, options: tls.ConnectionOptions): TlsTrust {
  const mismatch = (shown: Buffer | undefined, where: string): Failure | undefined => {
    const actual = shown ? fingerprintOf(shown) : 'no certificate';
    return actual === expected ? undefined : nbdFailures.certificateMismatch(where, expected, actual);
  };
  return {
    options: {
      ...options,
      checkServerIdentity: (_host, certificate) =>
        fingerprintOf(certificate.raw) === expected
          ? undefined
          : new WrongIdentity('not the pinned certificate'),
    },
    verify: (socket, where) => mismatch(shownBy(socket), where),
    refusal: (error, shown, where) =>
      (shown && mismatch(shown, where)) ?? untrustedOrFailed(error, shown, where),
  };
}

function byAuthority(caPem: string | undefined, servername: string): TlsTrust {
  if (caPem !== undefined) fingerprintOfPem(caPem);
  return {
    options: {
      ca: caPem ?? systemAuthorities(),
      rejectUnauthorized: true,
      ...sni(servername),
      checkServerIdentity: (_host, certificate) => tls.checkServerIdentity(servername, certificate),
    },
    verify: (socket, where) =>
      socket.authorized
        ? undefined
        : nbdFailures.certificateUntrusted(
            where,
            String(socket.authorizationError),
            describe(shownBy(socket)),
          ),
    refusal: untrustedOrFailed,
  };
}

function untrustedOrFailed(error: Error, shown: Buffer | undefined, where: string): Failure {
  return shown
    ? nbdFailures.certificateUntrusted(where, error.message, describe(shown))
    : nbdFailures.tlsFailed(where, error.message);
}

/** The certificate that the server showed, in DER form. */
export function shownBy(socket: tls.TLSSocket): Buffer | undefined {
  const certificate = socket.getPeerCertificate() as { raw?: Buffer } | null;
  return certificate?.raw;
}

const describe = (der: Buffer | undefined): string => (der ? fingerprintOf(der) : 'no certificate');

/** The name to ask the server for; an IP address must not be sent. Source: RFC 6066 section 3. */
function sni(servername: string | undefined): tls.ConnectionOptions {
  return servername === undefined || /^[\d.]+$|:/.test(servername) ? {} : { servername };
}

function identity(client: ClientCertificate | undefined): tls.ConnectionOptions {
  if (!client) return {};
  try {
    const options = { cert: client.certPem, key: client.keyPem };
    tls.createSecureContext(options);
    return options;
  } catch (error) {
    throw new FailureError(nbdFailures.badTrust('the client certificate and its key do not fit'), {
      cause: error,
    });
  }
}
