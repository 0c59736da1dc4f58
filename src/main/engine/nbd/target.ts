/** Where an NBD server listens. */
export type NbdAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/**
 * How the server proves who it is. There is no way to use TLS without a proof.
 * - `pinned-certificate`: exactly this certificate (the first of the PEM text), e.g. the one of `get_nbd_info`.
 * - `ca`: a chain to one of the authorities in `caPem`, or to the system's, and the name in the certificate.
 * - `fingerprint`: exactly the certificate with this SHA-256 (64 hex digits; colons and `sha256:` are allowed).
 */
export type NbdTls = { readonly mode: 'none' } | SecureTls;

export type SecureTls = (
  | {
      readonly mode: 'pinned-certificate';
      readonly certPem: string;
      readonly servername?: string | undefined;
    }
  | { readonly mode: 'ca'; readonly caPem?: string | undefined; readonly servername: string }
  | { readonly mode: 'fingerprint'; readonly sha256: string }
) & {
  /** For servers that want to know their clients as well (nbd-server always does). */
  readonly clientCertificate?: ClientCertificate | undefined;
};

/** A certificate of ours and its unencrypted private key, both PEM. */
export interface ClientCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

/** One export of one server. `exportName` can hold a pool's session: it is a secret. */
export interface NbdTarget {
  readonly address: NbdAddress;
  readonly exportName: string;
  readonly tls: NbdTls;
}

export const DEFAULT_NBD_PORT = 10809;

/** The address for messages; never holds the export name. */
export function describeAddress(address: NbdAddress): string {
  if (address.kind === 'unix') return address.path;
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
