import { readFileSync } from 'node:fs';
import tls from 'node:tls';

/** Where Linux distributions and the BSDs keep the authorities that OpenSSL programs trust. */
const BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

let authorities: string[] | undefined;

/** The authorities this machine trusts (PEM): those of the system and those that Node carries. */
export function systemAuthorities(): string[] {
  return (authorities ??= [...tls.rootCertificates, ...fromSystem()]);
}

function fromSystem(): string[] {
  // Node 22.15 and newer, all systems. Source: https://nodejs.org/api/tls.html#tlsgetcacertificatestype
  const newer = tls as { getCACertificates?: (type: 'system') => string[] };
  if (newer.getCACertificates) return newer.getCACertificates('system');
  for (const bundle of BUNDLES) {
    try {
      return [readFileSync(bundle, 'utf8')];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return [];
}
