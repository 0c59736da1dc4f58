import { err, ok, type Result } from '../../../shared/model/result';
import { systemClock, type Clock } from './clock';
import { callFailure } from './errors/call-failure';
import { LiveConnection } from './live-connection';
import type { ConnectionChange, PoolConnection } from './pool-connection';
import { addressOfHost, parseAddress, type PoolAddress } from './transport/address';
import { pinnedFingerprints, type CertificatePin } from './transport/certificate';
import { NotTheMasterError, XapiClient } from './transport/client';
import type { PinnedFingerprints } from './transport/pinned-tls';

export interface ConnectPoolOptions {
  /** `https://host[:port]` of a host of the pool. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** The certificate the admin trusts; see `readCertificate`. */
  readonly pin: CertificatePin;
  readonly onStateChange?: (change: ConnectionChange) => void;
  readonly clock?: Clock;
}

/**
 * Logs in to a pool and fetches its inventory. Nothing is sent before the certificate was compared with the pin.
 * A pool member that vouches for its master's certificate is followed to the master. Fails with `bad-address`,
 * `bad-fingerprint`, `certificate-changed`, `login-failed`, `not-the-master`, `pool-unreachable` and others.
 */
export async function connectPool(options: ConnectPoolOptions): Promise<Result<PoolConnection>> {
  const { clock = systemClock, onStateChange } = options;
  let origin = options.url;
  try {
    const address = parseAddress(options.url);
    origin = address.origin;
    const { client, pins } = await logIn(options, address, pinnedFingerprints(options.pin));
    return ok(
      await LiveConnection.open({ client, user: options.user, fingerprint: pins[0], clock, onStateChange }),
    );
  } catch (error) {
    return err(callFailure(error, 'the login', origin));
  }
}

interface LoggedIn {
  readonly client: XapiClient;
  readonly pins: PinnedFingerprints;
}

/** Follows at most one hint to a master: a master that names another one is an error. */
async function logIn(
  { user, password }: Pick<ConnectPoolOptions, 'user' | 'password'>,
  address: PoolAddress,
  pins: PinnedFingerprints,
  mayFollow = true,
): Promise<LoggedIn> {
  const client = new XapiClient({ address, user, password, pins });
  try {
    await client.connect();
    return { client, pins };
  } catch (error) {
    await client.close();
    if (!mayFollow || !(error instanceof NotTheMasterError) || error.thumbprint === undefined) throw error;
    const master = addressOfHost(error.master, address.port);
    return logIn({ user, password }, master, [error.thumbprint], false);
  }
}
