import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { FailureError, type Failure } from '../../shared/model/failure';
import { startThread } from '../threads/threads';
import type { DemoPool, DemoPoolAccess } from './demo-pool';

/** What the worker is told; see DemoPoolOptions. */
export const launchOptionsSchema = z.object({
  imageFolder: z.string(),
  seed: z.number().int().optional(),
  address: z.string().optional(),
  port: z.number().int().min(0).max(65_535).optional(),
  vmCount: z.number().int().min(0).max(10_000).optional(),
  history: z.boolean().optional(),
  password: z.string().optional(),
  timings: z.record(z.string(), z.number()).optional(),
});
export type LaunchOptions = z.input<typeof launchOptionsSchema> & {
  /** The bundled `demo-pool-worker.js`. */
  readonly workerFile: URL;
  /** Told when the demo pool ends by itself, which is a bug of it. */
  readonly onCrash: (failure: Failure) => void;
};

export type WorkerMessage =
  | { readonly kind: 'started'; readonly access: DemoPoolAccess }
  | { readonly kind: 'failed'; readonly message: string };

/**
 * Starts the demo pool in a worker thread, so that the caller's event loop stays free.
 * @throws FailureError `demo-pool-start-failed`
 */
export async function launchDemoPool({ workerFile, onCrash, ...options }: LaunchOptions): Promise<DemoPool> {
  const worker = startThread(workerFile, { workerData: launchOptionsSchema.parse(options) });
  // From the beginning: it may crash before anybody goes on here.
  let hasStarted = false;
  let details: string | undefined;
  worker.once('message', ({ kind }: WorkerMessage) => (hasStarted = kind === 'started'));
  worker.on(
    'error',
    (error) => (details = error instanceof Error ? (error.stack ?? error.message) : String(error)),
  );
  worker.once('exit', () => {
    if (hasStarted && details !== undefined) onCrash(crashed(details));
  });
  const message = await firstMessage(worker);
  if (message.kind === 'failed') {
    await worker.terminate();
    throw new FailureError(startFailed(message.message));
  }
  return { ...message.access, close: () => stop(worker) };
}

async function firstMessage(worker: Worker): Promise<WorkerMessage> {
  return await new Promise((resolve) => {
    const fail = (why: string): void => resolve({ kind: 'failed', message: why });
    worker.once('message', (message: WorkerMessage) => resolve(message));
    worker.once('error', (error) => fail(error instanceof Error ? error.message : String(error)));
    worker.once('exit', (code) => fail(`the worker ended with code ${code}`));
  });
}

async function stop(worker: Worker): Promise<void> {
  if (worker.threadId === -1) return;
  const ended = once(worker, 'exit');
  worker.postMessage('close');
  await ended;
}

const startFailed = (details: string): Failure => ({
  code: 'demo-pool-start-failed',
  message: 'The demo pool could not be started.',
  nextStep: 'Look at the details; if a port is in use, choose another one.',
  details,
});

const crashed = (details: string): Failure => ({
  code: 'demo-pool-crashed',
  message: 'The demo pool ended because of an error of its own.',
  nextStep: 'Open the demo pool again, and please report this with the details.',
  details,
});
