import { FailureError, toFailure, type Failure } from './failure';

/** Either a value or a {@link Failure}. Crosses module borders and IPC; never thrown. */
export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });
export const err = (failure: Failure): Result<never> => ({ ok: false, failure });

/** The value, or throws the failure as {@link FailureError} (for use inside a module). */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new FailureError(result.failure);
}

/** Runs `work` and turns what it throws into a failure. */
export async function attempt<T>(work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work());
  } catch (error) {
    return err(toFailure(error));
  }
}
