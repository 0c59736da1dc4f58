import type { Worker } from 'node:worker_threads';
import { toFailure, type Failure } from '../../../../shared/model/failure';
import { err, ok, type Result } from '../../../../shared/model/result';
import { startThread } from '../../../threads/threads';
import type { NbdTarget } from '../../nbd/target';
import type { BlockReport } from './block-progress';
import type { ConnectionShare } from './connection-share';
import type { CopyCheckpoint } from './copy';
import { CopyCounters } from './counters';
import { StreamFeed } from './stream-feed';
import type { FromWorker, ToWorker } from './messages';
import type { CopyOutcome, CopyRequest } from './request';

export interface CopyHooks {
  readonly onLog?: (level: 'info' | 'warn', text: string) => void;
  /** The source is open and the files are made: until now, whatever has their names is somebody else's. */
  readonly onConnected?: () => void;
  readonly onFlushing?: () => void;
  readonly onCheckpoint?: (checkpoint: CopyCheckpoint) => void;
  /** What became of which blocks, a few times a second. */
  readonly onBlocks?: (report: BlockReport) => void;
  /** Fresh targets for a reconnection. */
  readonly refreshTargets?: () => Promise<Result<readonly NbdTarget[]>>;
  /** For a source whose host is shared with other copies. */
  readonly share?: ConnectionShare;
  /** For a source of kind `stream`. */
  readonly stream?: HostStream;
}

/** A disk as a host streams it. */
export interface HostStream {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Whether the host says that the stream was whole. */
  finished(): Promise<Result<void>>;
  cancel(): Promise<void>;
}

/** A copy that runs in a worker of its own. */
export interface RunningCopy {
  readonly counters: CopyCounters;
  /** Settles when nothing can write to the files any more; never rejects. */
  readonly done: Promise<Result<CopyOutcome>>;
  cancel(): void;
  pause(): void;
  resume(): void;
  /** Bytes per second; undefined lifts the limit. */
  limit(bytesPerSecond: number | undefined): void;
}

export type StartCopy = (request: CopyRequest, hooks?: CopyHooks) => RunningCopy;

export const WORKER_DIED = 'copy-worker-died';

const died = (details: string): Failure => ({
  code: WORKER_DIED,
  message: 'The part of Deltascope that copies this disk ended unexpectedly.',
  nextStep:
    'Start the export again. If it happens again, report it with the details; memory may have run out.',
  details,
});

interface Launched {
  readonly worker: Worker;
  /** Settles with the exit code, or with the error that it ended with. */
  readonly ended: Promise<number | Error>;
}

/** A copy makes few objects; what it reads lies outside of the heap. */
const MEMORY = { maxYoungGenerationSizeMb: 3 };

function launch(workerFile: URL): Launched {
  const worker = startThread(workerFile, { stderr: false, resourceLimits: MEMORY });
  let problem: Error | undefined;
  worker.on('error', (error) => (problem ??= error));
  const ended = new Promise<number | Error>((resolve) => {
    worker.on('exit', (code) => resolve(problem ?? code));
  });
  return { worker, ended };
}

/**
 * @param workerFile the bundled `copy-worker.js`.
 * @param ahead a copy will be started soon: a worker gets ready while the caller does. It holds no process back.
 */
export function copyInWorker(workerFile: URL, { ahead = false } = {}): StartCopy {
  let ready = ahead ? launch(workerFile) : undefined;
  ready?.worker.unref();
  return (request, hooks = {}) => {
    const counters = new CopyCounters();
    const { worker, ended } = ready ?? launch(workerFile);
    ready = undefined;
    worker.ref();
    const say = (message: ToWorker): void => worker.postMessage(message);
    const feed = hooks.stream && new StreamFeed(hooks.stream, say);
    let tell: (result: Result<CopyOutcome>) => void;
    const told = new Promise<Result<CopyOutcome>>((resolve) => (tell = resolve));
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'done') tell(ok(message.outcome));
      else if (message.type === 'failed') tell(err(message.failure));
      else if (message.type === 'chunk-taken') feed?.taken(message.bytes);
      else answer(message, hooks, say);
    });
    // The worker has closed its files before it tells; its thread may take long to end, or for ever (nodejs/node#54918).
    const gone = ended.then((end): Result<CopyOutcome> =>
      err(died(end instanceof Error ? (end.stack ?? end.message) : `exit code ${end}`)),
    );
    const done = Promise.race([told, gone]).then(async (result) => {
      worker.unref();
      await feed?.stop();
      return result;
    });
    const start: ToWorker = {
      type: 'start',
      request,
      counters: counters.memory,
      canRefresh: hooks.refreshTargets !== undefined,
    };
    worker.postMessage(start, handedOver(request));
    void feed?.run();
    return {
      counters,
      done,
      cancel: () => say({ type: 'cancel' }),
      pause: () => say({ type: 'pause' }),
      resume: () => say({ type: 'resume' }),
      limit: (bytesPerSecond) => say({ type: 'limit', bytesPerSecond }),
    };
  };
}

function handedOver({ extents }: CopyRequest): ArrayBuffer[] {
  if (extents.kind !== 'changed' || extents.handOver !== true) return [];
  const { buffer } = extents.bitmap;
  return buffer instanceof ArrayBuffer ? [buffer] : [];
}

function answer(message: FromWorker, hooks: CopyHooks, say: (message: ToWorker) => void): void {
  if (message.type === 'log') hooks.onLog?.(message.level, message.text);
  if (message.type === 'connected') hooks.onConnected?.();
  if (message.type === 'flushing') hooks.onFlushing?.();
  if (message.type === 'blocks') hooks.onBlocks?.(message.report);
  if (message.type === 'checkpoint') hooks.onCheckpoint?.(message.checkpoint);
  if (message.type === 'targets-wanted') void sendTargets(hooks, say);
  if (message.type === 'connection-wanted') void answerWish(hooks, say);
  if (message.type === 'connection-returned') hooks.share?.giveBack();
}

async function answerWish({ share }: CopyHooks, say: (message: ToWorker) => void): Promise<void> {
  say({ type: 'connection-answer', granted: (await share?.take()) ?? false });
}

async function sendTargets(hooks: CopyHooks, say: (message: ToWorker) => void): Promise<void> {
  try {
    const targets = await hooks.refreshTargets!();
    if (targets.ok) say({ type: 'targets', targets: targets.value });
    else say({ type: 'no-targets', failure: targets.failure });
  } catch (error) {
    say({ type: 'no-targets', failure: toFailure(error) });
  }
}
