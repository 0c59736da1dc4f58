import { parentPort } from 'node:worker_threads';
import { toFailure } from '../../../shared/model/failure';
import { err, ok, type Result } from '../../../shared/model/result';
import type { NbdTarget } from '../nbd/target';
import { BlockProgress } from './copy/block-progress';
import { ChunkChannel } from './copy/chunk-channel';
import { CopyCounters } from './copy/counters';
import type { FromWorker, ToWorker } from './copy/messages';
import { Pace } from './copy/pace';
import { performCopy } from './copy/perform-copy';

/** Entry of the worker that runs one copy and then ends. Block data never leaves this thread. */
const port = parentPort!;
const say = (message: FromWorker): void => port.postMessage(message);
const cancel = new AbortController();
const pace = new Pace();
const progress = new BlockProgress();
/** How often the blocks that were copied are told. */
const TELL_BLOCKS_EVERY_MS = 250;
const chunks = new ChunkChannel((bytes) => say({ type: 'chunk-taken', bytes }));
let connectionAnswered: ((granted: boolean) => void) | undefined;
let targetsArrived: ((targets: Result<readonly NbdTarget[]>) => void) | undefined;

function wantTargets(): Promise<Result<readonly NbdTarget[]>> {
  return new Promise((resolve) => {
    targetsArrived = resolve;
    say({ type: 'targets-wanted' });
  });
}

const share = {
  take: () =>
    new Promise<boolean>((resolve) => {
      connectionAnswered = resolve;
      say({ type: 'connection-wanted' });
    }),
  giveBack: () => say({ type: 'connection-returned' }),
};

function tellBlocks(): void {
  const report = progress.take();
  if (report) say({ type: 'blocks', report });
}

async function start({ request, counters, canRefresh }: Extract<ToWorker, { type: 'start' }>): Promise<void> {
  pace.limit(request.limitBytesPerSecond);
  const telling = setInterval(tellBlocks, TELL_BLOCKS_EVERY_MS);
  try {
    const outcome = await performCopy(
      request,
      {
        counters: new CopyCounters(counters),
        pace,
        log: (level, text) => say({ type: 'log', level, text }),
        connected: () => say({ type: 'connected' }),
        flushing: () => say({ type: 'flushing' }),
        checkpoint: (checkpoint) => say({ type: 'checkpoint', checkpoint }),
        progress,
        ...(canRefresh ? { refreshTargets: wantTargets } : {}),
        share,
        chunks,
      },
      cancel.signal,
    );
    tellBlocks();
    say({ type: 'done', outcome });
  } catch (error) {
    tellBlocks();
    say({ type: 'failed', failure: toFailure(error) });
  } finally {
    clearInterval(telling);
    port.close();
  }
}

port.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'start':
      return void start(message);
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
    case 'connection-answer':
      return connectionAnswered?.(message.granted);
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
