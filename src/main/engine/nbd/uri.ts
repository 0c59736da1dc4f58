import { err, ok, type Result } from '../../../shared/model/result';
import { nbdFailures } from './failures';
import { MAX_STRING_BYTES } from './protocol';
import {
  DEFAULT_NBD_PORT,
  type ClientCertificate,
  type NbdAddress,
  type NbdTarget,
  type NbdTls,
} from './target';

export interface NbdUri {
  readonly address: NbdAddress;
  readonly exportName: string;
  /** `nbds://` and `nbds+unix://`. */
  readonly secure: boolean;
}

/** What to trust for a `nbds` address: an authority, a fingerprint, or (neither given) the system's authorities. */
export interface UriTrust {
  readonly caPem?: string;
  readonly fingerprint?: string;
  /** Ours, for servers that ask for one. */
  readonly clientCertificate?: ClientCertificate;
}

const bad = (reason: string): Result<never> => err(nbdFailures.badUri(reason));

/**
 * Reads `nbd://host[:port]/export`, `nbds://…`, `nbd+unix:///export?socket=PATH` and `nbds+unix://…`.
 * Source: https://github.com/NetworkBlockDevice/nbd/blob/master/doc/uri.md. What is not supported is refused, not ignored.
 */
export function parseNbdUri(text: string): Result<NbdUri> {
  const parts = /^([a-z+]+):\/\/([^/?#]*)(\/[^?#]*)?(\?[^#]*)?(#.*)?$/s.exec(text);
  if (!parts) return bad('it does not look like nbd://host/export');
  const [, scheme = '', authority = '', path = '', query = '', fragment] = parts;
  const kind = /^nbd(s?)(\+unix)?$/.exec(scheme);
  if (!kind) return bad('the scheme must be nbd, nbds, nbd+unix or nbds+unix');
  if (fragment !== undefined) return bad('it must not have a fragment (write # as %23)');

  const exportName = decode(path.slice(1));
  if (exportName === undefined) return bad('the export name is not valid percent-encoded UTF-8');
  if (Buffer.byteLength(exportName) > MAX_STRING_BYTES) return bad('the export name is too long');
  const address = kind[2] === undefined ? tcpAddress(authority, query) : unixAddress(authority, query);
  return address.ok ? ok({ address: address.value, exportName, secure: kind[1] === 's' }) : address;
}

/** The target that an address names, with the proof of identity that TLS needs. */
export function targetFromUri(text: string, trust: UriTrust = {}): Result<NbdTarget> {
  const uri = parseNbdUri(text);
  if (!uri.ok) return uri;
  const { address, exportName, secure } = uri.value;
  const trustGiven = Object.values(trust).some((value) => value !== undefined);
  if (!secure && trustGiven) return bad('a certificate was given for an unencrypted address (write nbds)');
  if (trust.caPem !== undefined && trust.fingerprint !== undefined)
    return bad('give either an authority or a fingerprint, not both');
  return ok({ address, exportName, tls: secure ? tlsFor(address, trust) : { mode: 'none' } });
}

function tlsFor(address: NbdAddress, trust: UriTrust): NbdTls {
  const { clientCertificate } = trust;
  if (trust.fingerprint !== undefined)
    return { mode: 'fingerprint', sha256: trust.fingerprint, clientCertificate };
  return {
    mode: 'ca',
    caPem: trust.caPem,
    servername: address.kind === 'tcp' ? address.host : 'localhost',
    clientCertificate,
  };
}

function tcpAddress(authority: string, query: string): Result<NbdAddress> {
  if (query !== '') return bad('it must not have a query (write ? in an export name as %3F)');
  if (authority.includes('@')) return bad('user names and passwords are not supported');
  const parts = /^(?:\[([0-9a-f:.]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/i.exec(authority);
  if (!parts) return bad('the host or the port is missing or malformed');
  const host = parts[1] ?? decode(parts[2]);
  if (host === undefined) return bad('the host is not valid percent-encoded UTF-8');
  const port = parts[3] === undefined ? DEFAULT_NBD_PORT : Number(parts[3]);
  return port > 0 && port < 65_536
    ? ok({ kind: 'tcp', host, port })
    : bad('the port must be between 1 and 65535');
}

function unixAddress(authority: string, query: string): Result<NbdAddress> {
  if (authority !== '') return bad('a unix socket address has no host (write three slashes)');
  const parts = /^\?socket=([^&]+)$/.exec(query);
  if (!parts) return bad('it needs ?socket=PATH and no other parameter');
  const path = decode(parts[1]);
  return path === undefined
    ? bad('the socket path is not valid percent-encoded UTF-8')
    : ok({ kind: 'unix', path });
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
