import { setFlagsFromString } from 'node:v8';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Threads of this process. One that ends waits until the compiler is done, whichever thread it compiles for, and a process
 * that ends waits for its threads. While the main thread does so it holds the compiler up, and both may wait for ever
 * (nodejs/node#54918; seen with Electron 33). So the end of a process is left until its threads have ended.
 */
const running = new Map<Worker, { readonly started: Promise<unknown>; readonly ended: Promise<unknown> }>();

/** Starts a thread that `threadsEnded` and `endThreads` know of. */
export function startThread(file: URL, options?: WorkerOptions): Worker {
  compileWithinThreads();
  const thread = new Worker(file, options);
  const ended = new Promise((resolve) => thread.once('exit', resolve)).then(() => running.delete(thread));
  const online = new Promise((resolve) => thread.once('online', resolve));
  running.set(thread, { started: Promise.race([online, ended]), ended });
  return thread;
}

/** Whether all threads have ended by themselves before `atMostMs` are over. */
export async function threadsEnded(atMostMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, atMostMs);
  });
  await Promise.race([late, Promise.all([...running.values()].map(({ ended }) => ended))]);
  clearTimeout(timer);
  return running.size === 0;
}

/** Ends all threads, whatever they do. Whether they have before `atMostMs` are over. */
export async function endThreads(atMostMs: number): Promise<boolean> {
  // One that is ended while it starts says so on stderr, in Electron.
  for (const [thread, { started }] of running) void started.then(() => thread.terminate());
  return threadsEnded(atMostMs);
}

/**
 * Before the first thread, in an Electron whose Node waits for more of the compiler than it has to: V8 optimises code in
 * the thread that runs it. Otherwise a thread that ends may wait for a task of its own that waits for it.
 * Mended for the most part in Node 24.2 (nodejs/node#58047).
 */
function compileWithinThreads(): void {
  const { electron, node } = process.versions;
  if (electron === undefined || isAtLeast(node, 24, 2)) return;
  setFlagsFromString('--no-maglev');
  setFlagsFromString('--no-concurrent-recompilation');
}

/** @param version with dots, as in `24.10.0`. */
export function isAtLeast(version: string, major: number, minor: number): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
