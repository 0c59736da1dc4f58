import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Keeps the memory that outputs take from going back to the host of a virtual machine between two runs: who writes next
 * would pay for its return, and who does not would look faster. See `keep-warm.c`.
 * @returns what lets go of it.
 * @throws Error when the memory cannot be had.
 */
export async function keepMemoryWarm(program: string, bytes: number): Promise<() => void> {
  const keeper = spawn(program, [String(bytes)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(keeper, 'exit').then(([code]) => {
    throw new Error(`${bytes} bytes of memory cannot be kept warm: exit code ${code}`);
  });
  await Promise.race([once(keeper.stdout, 'data'), ended]);
  ended.catch(() => undefined);
  return () => keeper.stdin.end();
}
