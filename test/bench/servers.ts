import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificates } from '../fixtures/certificates';
import { startNbdkit, type NbdServer } from '../fixtures/nbd-servers';

/**
 * How the disk is served, always with simple replies and without block status, as a host's xapi-nbd does.
 * - `parallel`: as fast as it can.
 * - `latency`: 2 ms before each read, any number of reads at once.
 * - `serial`: xapi-nbd's manner: a connection's reads one after another, 1 ms each, and no word that several
 *   connections are safe. Source: xen-api ocaml/nbd/src/main.ml, xapi-project/nbd lib/server.ml.
 */
export type ServerKind = 'parallel' | 'latency' | 'serial';
export type Transport = 'plain' | 'TLS 1.2' | 'TLS 1.3';

const FILTERS: Record<ServerKind, readonly string[]> = {
  parallel: [],
  latency: ['--filter=delay', 'rdelay=2ms'],
  serial: [
    '--filter=multi-conn',
    '--filter=noparallel',
    '--filter=delay',
    'rdelay=1ms',
    'multi-conn-mode=disable',
  ],
};

export function startServer(
  disk: string,
  kind: ServerKind,
  transport: Transport,
  certificates: Certificates,
): Promise<NbdServer> {
  const filters = FILTERS[kind].filter((word) => word.startsWith('--'));
  const settings = FILTERS[kind].filter((word) => !word.startsWith('--'));
  const args = ['--readonly', '--no-sr', ...filters, 'file', disk, ...settings];
  if (transport === 'plain') return startNbdkit(args);
  return withTlsLimit(transport, certificates, () => startNbdkit(args, { tls: certificates }));
}

/** nbdkit has no option for the TLS version; GnuTLS, which it uses, reads one from a file. */
async function withTlsLimit<T>(
  transport: Transport,
  certificates: Certificates,
  start: () => Promise<T>,
): Promise<T> {
  if (transport !== 'TLS 1.2') return start();
  const file = join(certificates.dir, 'gnutls-tls12');
  writeFileSync(file, '[overrides]\ndisabled-version = tls1.3\n');
  process.env.GNUTLS_SYSTEM_PRIORITY_FILE = file;
  try {
    return await start();
  } finally {
    delete process.env.GNUTLS_SYSTEM_PRIORITY_FILE;
  }
}
