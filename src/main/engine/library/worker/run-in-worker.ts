import { err, type Result } from '../../../../shared/model/result';
import type { OperationHooks } from '../operations/operation';
import type { Budget } from '../../jobs/budget';
import type { PoolConnection } from '../../xapi';
import { startThread } from '../../../threads/threads';
import type { FromLibraryWorker, LibraryWork, ToLibraryWorker, WorkResult } from './messages';
import { PoolAnswers } from './pool-answers';

export interface WorkerHooks extends Pick<OperationHooks, 'progress' | 'signal'> {
  readonly serving?: OperationHooks['serving'];
  /** The pool that the work is about. */
  readonly pool?: PoolConnection | undefined;
  /** NBD connections by host uuid, which the work shares with the jobs where it reads over NBD. */
  readonly connections?: Budget;
}

/**
 * Does work on an export in a worker of its own, so that the thread of the window stays free.
 * @param workerFile the bundled `library-worker.js`
 */
export function runInWorker<W extends LibraryWork>(
  workerFile: URL,
  work: W,
  { signal, progress, serving, pool, connections }: WorkerHooks,
): Promise<Result<WorkResult<W>>> {
  const worker = startThread(workerFile, { stderr: false });
  const answers =
    pool &&
    new PoolAnswers(
      pool,
      connections && { budget: connections, signal, onWait: () => progress('waiting', 0, 0) },
    );
  const say = (message: ToLibraryWorker): void => worker.postMessage(message);
  let tell: (result: Result<WorkResult<W>>) => void;
  const told = new Promise<Result<WorkResult<W>>>((resolve) => (tell = resolve));
  let problem: Error | undefined;
  worker.on('message', (message: FromLibraryWorker) => {
    if (message.type === 'progress') progress(message.step, message.doneBytes, message.totalBytes);
    else if (message.type === 'serving') serving?.(message.uri);
    else if (message.type === 'question') {
      const { id, question } = message;
      void answers?.answer(question).then((answer) => say({ type: 'answer', id, answer }));
    } else tell(message.result as Result<WorkResult<W>>);
  });
  worker.on('error', (error) => (problem ??= error));
  const cancel = (): void => say({ type: 'cancel' });
  const closed = (): void => say({ type: 'pool-closed' });
  say({ type: 'start', work });
  const stopListening = [listen(signal, cancel), ...(pool ? [listen(pool.closed, closed)] : [])];
  const gone = new Promise<Result<WorkResult<W>>>((resolve) => {
    worker.on('exit', (code) => resolve(err(died(problem?.stack ?? `exit code ${code}`))));
  });
  // Its thread may take long to end, or for ever (nodejs/node#54918).
  return Promise.race([told, gone]).then(async (result) => {
    worker.unref();
    for (const stop of stopListening) stop();
    await answers?.end();
    return result;
  });
}

/** Also when it has aborted before. Returns how to stop. */
function listen(signal: AbortSignal, onAbort: () => void): () => void {
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  return () => signal.removeEventListener('abort', onAbort);
}

const died = (details: string) => ({
  code: 'library-worker-died',
  message: 'The part of Deltascope that reads this export ended unexpectedly.',
  nextStep: 'Start it again. If it happens again, report it with the details; memory may have run out.',
  details,
});
