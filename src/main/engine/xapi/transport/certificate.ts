import { X509Certificate } from 'node:crypto';
import { FailureError } from '../../../../shared/model/failure';
import { err, ok, type Result } from '../../../../shared/model/result';
import { callFailure } from '../errors/call-failure';
import { parseAddress } from './address';
import { fingerprintOf, parseFingerprint } from './fingerprint';
import { openTls, type PinnedFingerprints } from './pinned-tls';

/** A host's certificate as an admin compares it before trusting it. */
export interface HostCertificate {
  readonly pem: string;
  /** `AA:BB:…` */
  readonly sha256: string;
  readonly subject: string;
  readonly issuer: string;
  /** As the certificate writes them. */
  readonly validFrom: string;
  readonly validTo: string;
}

/** What the caller trusts: a certificate or its SHA-256 fingerprint in any usual notation. */
export type CertificatePin = { readonly certPem: string } | { readonly sha256: string };

/**
 * The certificate the host shows, read in a TLS handshake that sends no request.
 * Fails with `bad-address`, `pool-unreachable` or `unexpected-answer`.
 */
export async function readCertificate(url: string): Promise<Result<HostCertificate>> {
  let origin = url;
  try {
    const address = parseAddress(url);
    origin = address.origin;
    const socket = await openTls(address);
    try {
      const certificate = socket.getPeerX509Certificate();
      if (!certificate) throw new Error('the server showed no certificate');
      return ok(describe(certificate));
    } finally {
      socket.destroy();
    }
  } catch (error) {
    return err(callFailure(error, 'the TLS handshake', origin));
  }
}

/** The fingerprints a pin accepts. @throws FailureError `bad-fingerprint` */
export function pinnedFingerprints(pin: CertificatePin): PinnedFingerprints {
  const fingerprint = 'sha256' in pin ? parseFingerprint(pin.sha256) : fingerprintOfPem(pin.certPem);
  if (fingerprint !== undefined) return [fingerprint];
  throw new FailureError({
    code: 'bad-fingerprint',
    message: 'The trusted certificate or fingerprint cannot be read.',
    nextStep: 'A SHA-256 fingerprint has 64 hexadecimal digits, for example sha256:1a2b….',
  });
}

/** Undefined if the text is no certificate. */
export function fingerprintOfPem(pem: string): string | undefined {
  try {
    return fingerprintOf(new X509Certificate(pem).raw);
  } catch {
    return undefined;
  }
}

const oneLine = (name: string): string => name.trim().replaceAll('\n', ', ');

const describe = (certificate: X509Certificate): HostCertificate => ({
  pem: certificate.toString(),
  sha256: fingerprintOf(certificate.raw),
  subject: oneLine(certificate.subject),
  issuer: oneLine(certificate.issuer),
  validFrom: certificate.validFrom,
  validTo: certificate.validTo,
});
