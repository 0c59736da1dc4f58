import type { LibraryStep } from '../../../../shared/model/library-operation';
import type { Result } from '../../../../shared/model/result';
import type { CopyOutcome } from '../../export/copy/request';
import type { RunningCopy } from '../../export/copy/worker-client';
import type { OperationHooks } from './operation';

const LOOK_EVERY_MS = 100;

/** Waits for a copy, tells its progress, and cancels it with the operation. */
export const follow =
  (step: LibraryStep, { progress, signal }: OperationHooks) =>
  async (running: RunningCopy): Promise<Result<CopyOutcome>> => {
    const look = (): void =>
      progress(step, running.counters.get('readBytes'), running.counters.get('totalBytes'));
    const timer = setInterval(look, LOOK_EVERY_MS);
    const cancel = (): void => running.cancel();
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return await running.done;
    } finally {
      clearInterval(timer);
      signal.removeEventListener('abort', cancel);
      look();
    }
  };
