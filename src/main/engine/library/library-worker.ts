import { parentPort } from 'node:worker_threads';
import { toFailure } from '../../../shared/model/failure';
import type { LibraryStep } from '../../../shared/model/library-operation';
import { err, ok, type Result } from '../../../shared/model/result';
import type { OperationHooks } from './operations/operation';
import { runServe } from './operations/serve';
import { runVerify } from './operations/verify';
import type { FromLibraryWorker, LibraryWork, ToLibraryWorker, WorkResult } from './worker/messages';
import { PoolQuestions } from './worker/pool-questions';

/**
 * Entry of the worker that verifies or serves one export, or fills a new disk with it, and then ends. Block data never
 * leaves this thread.
 */
const port = parentPort!;
const say = (message: FromLibraryWorker): void => port.postMessage(message);
const cancel = new AbortController();
const pool = new PoolQuestions(say);
const poolClosed = new AbortController();
const TELL_EVERY_MS = 100;
let told = 0;
let last: Extract<FromLibraryWorker, { type: 'progress' }> | undefined;

/** Each step's beginning and end are told in any case. */
function progress(step: LibraryStep, doneBytes: number, totalBytes: number): void {
  const isNew = last?.step !== step;
  if (isNew) tellProgress();
  last = { type: 'progress', step, doneBytes, totalBytes };
  if (isNew || performance.now() - told >= TELL_EVERY_MS) tellProgress();
}

function tellProgress(): void {
  told = performance.now();
  if (last) say(last);
}

const hooks: Omit<OperationHooks, 'jobId'> = {
  progress,
  serving: (uri) => say({ type: 'serving', uri }),
  signal: cancel.signal,
};

async function run(work: LibraryWork): Promise<Result<WorkResult>> {
  switch (work.kind) {
    case 'verify':
      return runVerify(work, () => ok(pool), hooks);
    case 'serve':
      return runServe(work, hooks);
    case 'fill': {
      // An HTTP client takes a tenth of a second to load, and the others need none.
      const { fillRemotely } = await import('./restore/fill-remotely');
      return fillRemotely(work, pool.session, poolClosed.signal, hooks);
    }
  }
}

async function start(work: LibraryWork): Promise<void> {
  const result = await Promise.resolve(work)
    .then(run)
    .catch((error: unknown) => err(toFailure(error)));
  tellProgress();
  say({ type: 'ended', result });
  port.close();
}

port.on('message', (message: ToLibraryWorker) => {
  switch (message.type) {
    case 'start':
      return void start(message.work);
    case 'cancel': {
      cancel.abort();
      return;
    }
    case 'pool-closed': {
      poolClosed.abort();
      return;
    }
    case 'answer': {
      pool.answered(message.id, message.answer);
      return;
    }
  }
});
