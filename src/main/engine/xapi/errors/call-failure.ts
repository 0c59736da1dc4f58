import { z } from 'zod';
import { FailureError, type Failure } from '../../../../shared/model/failure';
import { xapiFailure } from './error-map';
import { redact } from './redact';

const xapiError = z.object({ code: z.string(), params: z.array(z.unknown()) });
const systemError = z.object({ code: z.string() });

/** The pool sent something that no XAPI sends. */
export const unexpectedAnswer = (what: string, details?: string): Failure => ({
  code: 'unexpected-answer',
  message: `The pool gave an answer to ${what} that Deltascope does not understand.`,
  nextStep: 'Check that the address belongs to an XCP-ng or XenServer pool. If it does, please report this.',
  ...(details === undefined ? {} : { details: redact(details) }),
});

export const poolUnreachable = (address: string, details: string): Failure => ({
  code: 'pool-unreachable',
  message: `The pool at ${address} cannot be reached.`,
  nextStep:
    'Check the address and port, that the pool’s master is running, and the network or VPN in between.',
  details: redact(details),
});

/** Something else listens there: what OpenSSL says of it names its own source files. */
const speaksNoTls = (address: string, code: string): Failure => ({
  ...poolUnreachable(address, code),
  message: `What answers at ${address} is no pool: it does not speak TLS.`,
  nextStep: 'Check the address and the port; a pool’s master answers at port 443 as a rule.',
});

export const poolDisconnected: Failure = {
  code: 'pool-disconnected',
  message: 'The connection to the pool is closed.',
  nextStep: 'Connect to the pool again.',
};

export const cancelled: Failure = {
  code: 'cancelled',
  message: 'The request was cancelled.',
  nextStep: 'Start it again when you are ready.',
};

export const timedOut = (method: string): Failure => ({
  code: 'call-timeout',
  message: 'The pool did not answer in time.',
  nextStep: 'Check the network and the load of the pool’s master, then try again.',
  details: method,
});

/** Of an object whose `toString` is data of the pool, String() makes an error. */
const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? typeof value);

/** Turns whatever a call to the pool threw into a failure. Nothing secret gets into it. */
export function callFailure(error: unknown, method: string, address: string): Failure {
  if (error instanceof FailureError) return error.failure;
  const fromXapi = xapiError.safeParse(error);
  if (fromXapi.success) return xapiFailure(fromXapi.data.code, fromXapi.data.params.map(textOf), method);
  if (!(error instanceof Error)) return unexpectedAnswer(method, textOf(error));
  if (error.name === 'TimeoutError') return timedOut(method);
  if (error.name === 'AbortError') return cancelled;
  const fromSystem = systemError.safeParse(error);
  if (fromSystem.success && fromSystem.data.code === 'ERR_SSL_WRONG_VERSION_NUMBER')
    return speaksNoTls(address, fromSystem.data.code);
  if (fromSystem.success) return poolUnreachable(address, `${fromSystem.data.code}: ${error.message}`);
  if (error.constructor.name === 'UnsupportedTransport') {
    return unexpectedAnswer(
      method,
      'The answer is not JSON: the pool is older than XenServer 7.3, or no XAPI.',
    );
  }
  return unexpectedAnswer(method, error.message);
}
