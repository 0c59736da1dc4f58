import { FailureError, type Failure } from '../../../shared/model/failure';
import { timedOut } from './errors/call-failure';

export interface Limits {
  readonly method: string;
  /** Milliseconds. */
  readonly timeout?: number;
  readonly signal: AbortSignal;
  readonly aborted: () => Failure;
}

/** The result of `work`, or a failure when its time is over or the signal aborts first. */
export function withLimits<T>(work: Promise<T>, { method, timeout, signal, aborted }: Limits): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => end(() => reject(new FailureError(aborted())));
    const timer =
      timeout === undefined
        ? undefined
        : setTimeout(() => end(() => reject(new FailureError(timedOut(method)))), timeout);
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      settle();
    };
    signal.addEventListener('abort', abort);
    work.then(
      (value) => end(() => resolve(value)),
      (error: unknown) => end(() => reject(error)),
    );
    if (signal.aborted) abort();
  });
}
