import { parentPort } from 'node:worker_threads';
import { toFailure } from '../../../shared/model/failure';
import type { LibraryRequest, LibraryStep } from '../../../shared/model/library-operation';
import { err } from '../../../shared/model/result';
import type { OperationHooks } from './operations/operation';
import { runServe } from './operations/serve';
import { verifyFiles } from './operations/verify';
import type { FromLibraryWorker, ToLibraryWorker } from './operations/worker-messages';

/** Entry of the worker that verifies or serves one export and then ends. Block data never leaves this thread. */
const port = parentPort!;
const say = (message: FromLibraryWorker): void => port.postMessage(message);
const cancel = new AbortController();
const TELL_EVERY_MS = 100;
let told = 0;
let last: FromLibraryWorker | undefined;

function progress(step: LibraryStep, doneBytes: number, totalBytes: number): void {
  last = { type: 'progress', step, doneBytes, totalBytes };
  if (performance.now() - told >= TELL_EVERY_MS) tellProgress();
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

const run = (request: LibraryRequest) => {
  if (request.kind === 'verify') return verifyFiles(request, hooks);
  if (request.kind === 'serve') return runServe(request, hooks);
  throw new TypeError(`${request.kind} is not for this worker`);
};

async function start(request: LibraryRequest): Promise<void> {
  const result = await Promise.resolve(request)
    .then(run)
    .catch((error: unknown) => err(toFailure(error)));
  tellProgress();
  say({ type: 'ended', result });
  port.close();
}

port.on('message', (message: ToLibraryWorker) => {
  if (message.type === 'start') void start(message.request);
  else cancel.abort();
});
