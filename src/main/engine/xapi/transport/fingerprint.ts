import { createHash } from 'node:crypto';

/** SHA-256 of a certificate's DER form as `AA:BB:…`. */
export const fingerprintOf = (der: Buffer): string => pairs(createHash('sha256').update(der).digest('hex'));

/** `sha256:aabb…`, `AA:BB:…` or `aabb…` as `AA:BB:…`; undefined if it is no SHA-256. */
export function parseFingerprint(text: string): string | undefined {
  const hex = text
    .trim()
    .replace(/^sha-?256[:=]/i, '')
    .replaceAll(':', '');
  return /^[0-9a-f]{64}$/i.test(hex) ? pairs(hex) : undefined;
}

const pairs = (hex: string): string => hex.toUpperCase().replace(/(..)(?=.)/g, '$1:');
