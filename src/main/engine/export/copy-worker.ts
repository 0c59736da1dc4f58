import { parentPort } from 'node:worker_threads';
import { toFailure } from '../../../shared/model/failure';
import { err, ok, type Result } from '../../../shared/model/result';
import type { NbdTarget } from '../nbd/target';
import { ChunkChannel } from './copy/chunk-channel';
import { CopyCounters } from './copy/counters';
import type { FromWorker, ToWorker } from './copy/messages';
import { Pace } from './copy/pace';
import { performCopy } from './copy/perform-copy';
import type { CopyRequest } from './copy/request';

/** Entry of the worker that runs one copy and then ends. Block data never leaves this thread. */
const port = parentPort!;
const say = (message: FromWorker): void => port.postMessage(message);
const cancel = new AbortController();
const pace = new Pace();
const chunks = new ChunkChannel((bytes) => say({ type: 'chunk-taken', bytes }));
let targetsArrived: ((targets: Result<readonly NbdTarget[]>) => void) | undefined;

function wantTargets(): Promise<Result<readonly NbdTarget[]>> {
  return new Promise((resolve) => {
    targetsArrived = resolve;
    say({ type: 'targets-wanted' });
  });
}

async function start(request: CopyRequest, memory: SharedArrayBuffer): Promise<void> {
  pace.limit(request.limitBytesPerSecond);
  try {
    const outcome = await performCopy(
      request,
      {
        counters: new CopyCounters(memory),
        pace,
        log: (level, text) => say({ type: 'log', level, text }),
        connected: () => say({ type: 'connected' }),
        flushing: () => say({ type: 'flushing' }),
        checkpoint: (checkpoint) => say({ type: 'checkpoint', checkpoint }),
        refreshTargets: wantTargets,
        chunks,
      },
      cancel.signal,
    );
    say({ type: 'done', outcome });
  } catch (error) {
    say({ type: 'failed', failure: toFailure(error) });
  } finally {
    port.close();
  }
}

port.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'start':
      return void start(message.request, message.counters);
    case 'cancel': {
      cancel.abort();
      return;
    }
    case 'pause': {
      pace.pause();
      return;
    }
    case 'resume': {
      pace.resume();
      return;
    }
    case 'limit': {
      pace.limit(message.bytesPerSecond);
      return;
    }
    case 'targets':
      return targetsArrived?.(ok(message.targets));
    case 'chunk': {
      chunks.push(message.bytes);
      return;
    }
    case 'chunks-end': {
      chunks.end(message.failure);
      return;
    }
    case 'no-targets':
      return targetsArrived?.(err(message.failure));
  }
});
