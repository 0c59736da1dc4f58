import type { Failure } from '../../shared/model/failure';
import type { Job } from '../../shared/model/job';

/** Exit codes of every command. Documented in the help. */
export const EXIT = { done: 0, failed: 1, usage: 2, refused: 3, notTrusted: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const USAGE = new Set([
  'usage',
  'nbd-bad-uri',
  'nbd-bad-trust-settings',
  'bad-limit',
  'bad-bitmap',
  'bad-address',
  'bad-fingerprint',
  'listen-not-local',
]);
const REFUSED = new Set(['preflight-refused', 'mode-not-possible']);
const NOT_TRUSTED =
  /^(certificate-|nbd-certificate-|login-failed$|session-expired$|permission-denied$|not-trusted$|password-missing$|redirect-refused$)/;

/** The exit code that a job ends a command with. @param wanted how it was meant to end. */
export function exitCodeOfJob(
  { state, failure }: Pick<Job, 'state' | 'failure'>,
  wanted: Job['state'],
): ExitCode {
  if (state === wanted) return EXIT.done;
  return failure ? exitCodeOf(failure) : EXIT.failed;
}

/** The exit code that a failure ends a command with. */
export function exitCodeOf(failure: Failure): ExitCode {
  if (USAGE.has(failure.code)) return EXIT.usage;
  if (REFUSED.has(failure.code)) return EXIT.refused;
  if (NOT_TRUSTED.test(failure.code)) return EXIT.notTrusted;
  return EXIT.failed;
}
