import { setTimeout } from 'node:timers/promises';

/** A thread that is told to end does so within it, or never. */
const THREADS_MS = 5000;
/** Of somebody who asked twice. */
const PATIENCE_MS = 1000;

/** What the end of a process needs of it; see threads.ts for why it does not wait for its threads. */
export interface EndingProcess {
  /** Whether all threads have ended in the time they were given. */
  endThreads(atMostMs: number): Promise<boolean>;
  /** Resolves when all output has gone out. */
  drained(): Promise<void>;
  warn(text: string): void;
  exitWith(code: number): void;
  /** Without waiting for anything; no output that is still here would be seen. */
  kill(): void;
}

/** Tells the exit code to the program that started this one and asked for it; see shell/command-line.ts. */
export async function tellStarter(exitCode: number): Promise<void> {
  // One that is gone needs no code.
  if (process.connected) await new Promise((resolve) => process.send?.({ exitCode }, resolve));
}

/** Once everything is done. The process then ends by itself, or by force. */
export async function endWhenDone(parts: EndingProcess): Promise<void> {
  if (await parts.endThreads(THREADS_MS)) return;
  parts.warn('All is done, but a thread of this program does not end. It is ended by force.\n');
  await parts.drained();
  parts.kill();
}

/** In the middle of the work. A reader that takes no output is not waited for either. */
export async function endAtOnce(code: number, parts: EndingProcess): Promise<void> {
  const [haveEnded] = await Promise.all([
    parts.endThreads(PATIENCE_MS),
    Promise.race([parts.drained(), setTimeout(PATIENCE_MS)]),
  ]);
  if (haveEnded) parts.exitWith(code);
  else parts.kill();
}
