import { setFlagsFromString } from 'node:v8';

/**
 * Before the first worker: V8 compiles without Maglev, its middle tier. A worker that ends while Maglev compiles for it may
 * wait for ever, and whoever waits for the worker with it: its thread drains the compiler's tasks, and such a task waits for
 * the thread. Seen with Electron 33; Node 20 has Maglev switched off. Source: nodejs/node#54918, open in November 2026.
 */
export function compileWithoutMaglev(): void {
  setFlagsFromString('--no-maglev');
}
