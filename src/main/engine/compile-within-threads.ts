import { setFlagsFromString } from 'node:v8';

/**
 * Before the first worker, in Electron: V8 optimises code in the thread that runs it. A worker that ends while the compiler
 * works for it in another thread may wait for ever, and the app with it when it quits: its thread drains the compiler's
 * tasks, and such a task waits for the thread to collect garbage. Seen with Electron 33; never with Node 20.
 * Source: nodejs/node#54918, open in November 2026.
 */
export function compileWithinThreads(): void {
  if (process.versions.electron === undefined) return;
  setFlagsFromString('--no-maglev');
  setFlagsFromString('--no-concurrent-recompilation');
}
