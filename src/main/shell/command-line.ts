import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { z } from 'zod';
import { isCommandName } from '../cli/command-names';

const ABOUT = new Set(['help', '--help', '-h', '--version', '-V']);

/**
 * The command line that the window's program was started with, or undefined: it opens the window. Packages for Linux
 * link this program to `/usr/bin/deltascope`, where commands are typed as well. Switches for Chromium may come first.
 * @param words what follows the program's name.
 */
export function commandLine(words: readonly string[]): readonly string[] | undefined {
  const isMeant = (word: string): boolean => isCommandName(word) || ABOUT.has(word);
  const at = words.findIndex((word) => isMeant(word) || !word.startsWith('--'));
  return at >= 0 && isMeant(words[at]) ? words.slice(at) : undefined;
}

/** A command that has told its exit code ends within it, if need be by its own force. */
const END_MS = 10_000;

const endMessage = z.object({ exitCode: z.number().int() });

/**
 * Runs this program as Node, in the same terminal. Resolves with the exit code that the command tells: it may end by force
 * although all is done, and then the system knows another one.
 * @param script the command line's own entry.
 */
export function runAsNode(script: string, words: readonly string[], endMs = END_MS): Promise<number> {
  const child = spawn(process.execPath, [script, ...words], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
  });
  // Ctrl+C reaches both; the command decides what becomes of it.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    let told: number | undefined;
    let late: NodeJS.Timeout | undefined;
    child.on('message', (message) => {
      told = endMessage.parse(message).exitCode;
      late = setTimeout(() => child.kill('SIGKILL'), endMs);
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      clearTimeout(late);
      resolve(told ?? code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
