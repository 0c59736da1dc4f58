import { createHash, X509Certificate } from 'node:crypto';
import { FailureError } from '../../../shared/model/failure';
import { nbdFailures } from './failures';

/** SHA-256 of a certificate's DER form, as 64 lower-case hex digits. */
export const fingerprintOf = (der: Buffer): string => createHash('sha256').update(der).digest('hex');

/** Fingerprint of the first certificate of a PEM text. @throws FailureError `nbd-bad-trust-settings` */
export function fingerprintOfPem(pem: string): string {
  try {
    return fingerprintOf(new X509Certificate(pem).raw);
  } catch (error) {
    throw new FailureError(nbdFailures.badTrust('not a PEM certificate'), { cause: error });
  }
}

/** `SHA256:AB:CD…`, `sha256:abcd…` or plain hex, as 64 lower-case hex digits. @throws FailureError `nbd-bad-trust-settings` */
export function normalizeFingerprint(text: string): string {
  const hex = text
    .trim()
    .replace(/^sha256:/i, '')
    .replaceAll(':', '')
    .toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(hex)) throw new FailureError(nbdFailures.badTrust('not a SHA-256 fingerprint'));
  return hex;
}
