import { spawn } from 'node:child_process';
import { constants } from 'node:os';
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

/**
 * Runs this program as Node, in the same terminal. Resolves with the exit code.
 * @param script the command line's own entry.
 */
export function runAsNode(script: string, words: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [script, ...words], {
    stdio: 'inherit',
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
  });
  // Ctrl+C reaches both; the command decides what becomes of it.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
}
