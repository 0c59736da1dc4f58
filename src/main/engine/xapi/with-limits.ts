import { FailureError, type Failure } from '../../../shared/model/failure';
import { timedOut } from './errors/call-failure';

export interface Limits {
  readonly method: string;
  /** Milliseconds. */
  readonly timeout?: number;
  /** Any of them ends the wait. Listened to directly: AbortSignal.any leaks on signals that live long (Node 20). */
  readonly signals: readonly AbortSignal[];
  readonly aborted: () => Failure;
}

/** The result of `work`, or a failure when its time is over or a signal aborts first. */
export function withLimits<T>(work: Promise<T>, { method, timeout, signals, aborted }: Limits): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => end(() => reject(new FailureError(aborted())));
    const timer =
      timeout === undefined
        ? undefined
        : setTimeout(() => end(() => reject(new FailureError(timedOut(method)))), timeout);
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', abort);
      settle();
    };
    for (const signal of signals) signal.addEventListener('abort', abort);
    work.then(
      (value) => end(() => resolve(value)),
      (error: unknown) => end(() => reject(error)),
    );
    if (signals.some(({ aborted: isAborted }) => isAborted)) abort();
  });
}
