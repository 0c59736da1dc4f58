import { largerThanAny } from '../../../shared/blocks/disk-size';
import { FailureError, type Failure } from '../../../shared/model/failure';

/**
 * Every way in which reading over NBD fails. None of them may carry an export name: a pool's export name holds
 * its session. Texts sent by the server are left out for the same reason.
 */
export const nbdFailures = {
  unreachable: (where: string, details: string): Failure => ({
    code: 'nbd-unreachable',
    message: `The NBD server at ${where} cannot be reached.`,
    nextStep:
      'Check the address, that the NBD port (10809 on a pool) is open in firewalls, and that the host is running.',
    details,
  }),
  refusedBeforeGreeting: (where: string): Failure => ({
    code: 'nbd-refused-before-greeting',
    message: `The NBD server at ${where} closed the connection before its greeting.`,
    nextStep:
      'Either it serves as many connections as it allows (a host allows 16), or no network of the pool has the NBD purpose. Use fewer connections, wait for other backups, or enable NBD on a network.',
  }),
  notNewstyle: (where: string): Failure => ({
    code: 'nbd-old-protocol',
    message: `The NBD server at ${where} does not speak the fixed newstyle protocol.`,
    nextStep: 'Use a server from this decade: xapi-nbd, nbdkit, qemu-nbd and nbd-server all do.',
  }),
  tlsRequired: (where: string): Failure => ({
    code: 'nbd-tls-required',
    message: `The NBD server at ${where} demands TLS, and TLS was not asked for.`,
    nextStep: 'Connect with TLS (nbds://), with the certificate to trust.',
  }),
  tlsRefused: (where: string, details: string): Failure => ({
    code: 'nbd-tls-refused',
    message: `The NBD server at ${where} refuses TLS.`,
    nextStep:
      'The network has the purpose "insecure NBD" or the server has no certificate. Give the network the NBD purpose with TLS, or accept an unencrypted connection explicitly.',
    details,
  }),
  tlsFailed: (where: string, details: string): Failure => ({
    code: 'nbd-tls-failed',
    message: `The encrypted connection to the NBD server at ${where} could not be set up.`,
    nextStep: 'The server must offer TLS 1.2 or newer. Check its TLS settings and certificate.',
    details,
  }),
  certificateMismatch: (where: string, expected: string, actual: string): Failure => ({
    code: 'nbd-certificate-mismatch',
    message: `The NBD server at ${where} shows another certificate than the trusted one.`,
    nextStep:
      'If the host got a new certificate, compare its fingerprint on the host and trust it anew. Otherwise somebody may be in between: do not continue.',
    details: `expected SHA-256 ${expected}, got ${actual}`,
  }),
  certificateUntrusted: (where: string, reason: string, actual: string): Failure => ({
    code: 'nbd-certificate-untrusted',
    message: `The certificate of the NBD server at ${where} is not valid for it: ${reason}.`,
    nextStep: 'Give the authority that signed it, or the fingerprint of this very certificate, or renew it.',
    details: `SHA-256 ${actual}`,
  }),
  badTrust: (details: string): Failure => ({
    code: 'nbd-bad-trust-settings',
    message: 'The certificate or fingerprint to trust is malformed.',
    nextStep: 'Give a PEM certificate, or the SHA-256 fingerprint as 64 hexadecimal digits.',
    details,
  }),
  exportRefused: (where: string, details: string): Failure => ({
    code: 'nbd-export-refused',
    message: `The NBD server at ${where} does not hand out this disk.`,
    nextStep:
      'Check the export name; on a pool: the session may have expired, the disk may be in use or gone. Log in again and retry.',
    details,
  }),
  closedInHandshake: (where: string, step: string): Failure => ({
    code: 'nbd-closed-in-handshake',
    message: `The NBD server at ${where} closed the connection while it was being set up.`,
    nextStep: 'Try again. If it keeps happening, look into the log of the NBD server.',
    details: `during ${step}`,
  }),
  closedMidRead: (details: string): Failure => ({
    code: 'nbd-closed-mid-read',
    message: 'The NBD server closed the connection while data was being read.',
    nextStep:
      'Check that the host is up and the network is stable. A host also closes the connection when it cannot read the disk: look into its log.',
    details,
  }),
  readError: (offset: number, length: number, error: string): Failure => ({
    code: 'nbd-read-error',
    message: `The server cannot read the disk at offset ${offset} (${length} bytes).`,
    nextStep: 'Check the storage for errors; the disk may be damaged there.',
    details: error,
  }),
  statusError: (offset: number, error: string): Failure => ({
    code: 'nbd-block-status-error',
    message: `The server cannot tell which parts of the disk are in use, from offset ${offset}.`,
    nextStep: 'Read the whole disk instead.',
    details: error,
  }),
  noBlockStatus: (): Failure => ({
    code: 'nbd-no-block-status',
    message: 'The NBD server cannot tell which parts of the disk are in use.',
    nextStep: 'Read the whole disk instead.',
  }),
  timeout: (what: string, ms: number): Failure => ({
    code: 'nbd-timeout',
    message: `The NBD server did not answer in time (${what}, ${Math.round(ms / 1000)} s).`,
    nextStep: 'Check that the host is not overloaded; a server that serves one client at a time may be busy.',
  }),
  protocolError: (details: string): Failure => ({
    code: 'nbd-protocol-error',
    message: 'The NBD server sent something that the protocol does not allow. The connection was cut.',
    nextStep: 'Check that address and port are those of an NBD server; otherwise report it with the details.',
    details,
  }),
  tooLarge: (where: string, size: bigint): Failure => ({
    code: 'nbd-too-large',
    message: `The NBD server at ${where} says what cannot be: ${largerThanAny(size)}.`,
    nextStep: 'Check that address and export are those of the disk.',
  }),
  sizeChanged: (before: number, after: number): Failure => ({
    code: 'nbd-size-changed',
    message: `The disk changed its size between two connections, from ${before} to ${after} bytes.`,
    nextStep: 'Read from a snapshot, and start again.',
  }),
  badRange: (offset: number, length: number, size: number): Failure => ({
    code: 'nbd-bad-range',
    message: `Bytes ${offset} to ${offset + length} are not on the disk of ${size} bytes.`,
    nextStep: 'The list of ranges does not belong to this disk: check which snapshot it was made for.',
  }),
  badUri: (reason: string): Failure => ({
    code: 'nbd-bad-uri',
    message: `This is not a usable NBD address: ${reason}.`,
    nextStep: 'Write nbd://host[:port]/export, nbds://… for TLS, or nbd+unix:///export?socket=/path.',
  }),
  singleConnection: (where: string): Failure => ({
    code: 'nbd-single-connection',
    message: `The NBD server at ${where} does not promise that several connections show the same disk. One is used.`,
    nextStep: 'Nothing to do. Reading is slower when the server or the network has a high latency.',
  }),
  cancelled: (): Failure => ({
    code: 'nbd-cancelled',
    message: 'Reading over NBD was cancelled.',
    nextStep: 'Start again when ready.',
  }),
  closed: (): Failure => ({
    code: 'nbd-closed',
    message: 'The NBD connection has been closed.',
    nextStep: 'Open the disk again.',
  }),
} as const;

export const protocolError = (details: string): FailureError =>
  new FailureError(nbdFailures.protocolError(details));

/** Failures that waiting does not cure. All others, also those of asking the pool for a fresh address, may pass. */
const LASTING = new Set([
  'nbd-old-protocol',
  'nbd-tls-required',
  'nbd-tls-refused',
  'nbd-certificate-mismatch',
  'nbd-certificate-untrusted',
  'nbd-bad-trust-settings',
  'nbd-no-block-status',
  'nbd-protocol-error',
  'nbd-size-changed',
  'nbd-too-large',
  'nbd-bad-range',
  'nbd-cancelled',
  'nbd-closed',
  'internal-error',
  // Of asking the pool: it may have been written to since.
  'snapshot-attached',
  'snapshot-changed',
  'snapshot-unnamed',
]);

/** What a host's NBD server answers while its connections are all in use, or while it cannot attach the disk yet. */
const BUSY = new Set(['nbd-refused-before-greeting', 'nbd-export-refused']);

/** All connections of the host are in use: others end in their own time, however long that takes. */
export const isFull = ({ code }: Failure): boolean => code === 'nbd-refused-before-greeting';

/** While it was being set up, before anything was known of the other side: a network or a host that stumbled, it may be. */
export const isBrokenOff = ({ code }: Failure): boolean =>
  code === 'nbd-closed-in-handshake' || code === 'nbd-tls-failed';

export const isBusy = (failure: Failure): boolean => BUSY.has(failure.code);

export const isTransient = (failure: Failure): boolean => !LASTING.has(failure.code);
