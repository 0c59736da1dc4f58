/**
 * An error as a value: what went wrong, in a sentence an admin understands, and what to do next.
 * `code` is stable and lower-case with dashes (`certificate-changed`); `details` keeps the raw XAPI, NBD or
 * system code. Never put a password, a session id or an NBD export name into any of the fields.
 */
export interface Failure {
  code: string;
  message: string;
  nextStep: string;
  details?: string | undefined;
}

/**
 * Carries a {@link Failure} through promise chains inside a module. Anything else that is thrown is a bug.
 * Public functions that callers branch on return {@link Result}; see docs/architecture.md, "Errors".
 */
export class FailureError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.message, options);
    this.name = 'FailureError';
    this.failure = failure;
  }
}

export function fail(failure: Failure, cause?: unknown): never {
  throw new FailureError(failure, { cause });
}

/** The failure inside `error`; a bug becomes `internal-error` with its stack in the details. */
export function toFailure(error: unknown): Failure {
  if (error instanceof FailureError) return error.failure;
  return {
    code: 'internal-error',
    message: 'Deltascope ran into an unexpected error.',
    nextStep: 'Please report this with the details below. Nothing was reported as finished.',
    details: error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
}
