import { Worker } from 'node:worker_threads';
import type { LibraryRequest, LibraryResult } from '../../../../shared/model/library-operation';
import { err, type Result } from '../../../../shared/model/result';
import type { OperationHooks } from './operation';
import type { FromLibraryWorker, ToLibraryWorker } from './worker-messages';

/**
 * Runs a request in a worker of its own, so that the thread of the window stays free.
 * @param workerFile the bundled `library-worker.js`
 */
export function runInWorker(
  workerFile: URL,
  request: LibraryRequest,
  { signal, progress, serving }: OperationHooks,
): Promise<Result<LibraryResult>> {
  const worker = new Worker(workerFile, { stderr: false });
  const say = (message: ToLibraryWorker): void => worker.postMessage(message);
  let result: Result<LibraryResult> | undefined;
  let problem: Error | undefined;
  worker.on('message', (message: FromLibraryWorker) => {
    if (message.type === 'progress') progress(message.step, message.doneBytes, message.totalBytes);
    else if (message.type === 'serving') serving(message.uri);
    else result = message.result;
  });
  worker.on('error', (error) => (problem ??= error));
  const cancel = (): void => say({ type: 'cancel' });
  say({ type: 'start', request });
  if (signal.aborted) cancel();
  signal.addEventListener('abort', cancel, { once: true });
  return new Promise((resolve) => {
    worker.on('exit', (code) => {
      signal.removeEventListener('abort', cancel);
      resolve(result ?? err(died(problem?.stack ?? `exit code ${code}`)));
    });
  });
}

const died = (details: string) => ({
  code: 'library-worker-died',
  message: 'The part of Deltascope that reads this export ended unexpectedly.',
  nextStep: 'Start it again. If it happens again, report it with the details; memory may have run out.',
  details,
});
