import type { Failure } from '../../../../shared/model/failure';
import { CBT_AND_DISK_ERRORS } from './disk-errors';
import { redact } from './redact';
import { SESSION_AND_POOL_ERRORS } from './pool-errors';

/** What one XAPI error means for an admin. Sentences may use the error's parameters. */
export type ErrorMeaning = (parameters: readonly string[]) => Omit<Failure, 'details'>;
export type ErrorTable = Readonly<Record<string, ErrorMeaning>>;

/** The one table: XAPI error code -> stable code, sentence, next step. Source: xen-api ocaml/idl/datamodel_errors.ml. */
export const XAPI_ERRORS: ErrorTable = { ...CBT_AND_DISK_ERRORS, ...SESSION_AND_POOL_ERRORS };

/** The failure for a XAPI error. Unknown codes get a general sentence; the raw code is always in the details. */
export function xapiFailure(code: string, parameters: readonly string[], method?: string): Failure {
  const raw = `${code}(${parameters.join(', ')})`;
  const details = redact(method === undefined ? raw : `${method}: ${raw}`);
  const meaning = Object.hasOwn(XAPI_ERRORS, code) ? XAPI_ERRORS[code] : unknownError(code);
  return { ...clean(meaning(parameters)), details };
}

const unknownError = (code: string): ErrorMeaning =>
  code.startsWith('SR_BACKEND_FAILURE')
    ? ([, reason]) => ({
        code: 'storage-error',
        message: `The storage reported an error${reason ? `: ${reason}` : ''}${reason?.endsWith('.') ? '' : '.'}`,
        nextStep: 'Look at the storage in the pool and at SMlog on its host, then try again.',
      })
    : () => ({
        code: 'xapi-error',
        message: 'The pool refused the request.',
        nextStep:
          'The details below hold the pool’s own words. Look for them in the log of the pool’s master.',
      });

const clean = (failure: Omit<Failure, 'details'>): Omit<Failure, 'details'> => ({
  ...failure,
  message: redact(failure.message),
  nextStep: redact(failure.nextStep),
});
