import { FailureError } from '../../../../shared/model/failure';
import type { TlsAddress } from './pinned-tls';

/** Where a pool is reached. `origin` is the normalised `https://host[:port]`, without anything secret. */
export interface PoolAddress extends TlsAddress {
  readonly origin: string;
}

/** Reads `host`, `host:port` or `https://host[:port]`. @throws FailureError `bad-address` */
export function parseAddress(text: string): PoolAddress {
  const trimmed = text.trim();
  const full = trimmed.includes('://') ? trimmed : `https://${trimmed}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url?.protocol !== 'https:' || url.hostname === '' || url.username !== '' || url.password !== '') {
    throw new FailureError({
      code: 'bad-address',
      message: 'This is not the address of a pool.',
      nextStep: 'Enter the master’s host name or IP address, for example https://xcp1.example.org.',
    });
  }
  return {
    origin: url.origin,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? 443 : Number(url.port),
  };
}

/** The address of another host of the pool, as XAPI names it: bare, IPv6 without brackets. */
export const addressOfHost = (host: string, port: number): PoolAddress =>
  parseAddress(`https://${host.includes(':') ? `[${host}]` : host}:${port}`);
