import { existsSync, readdirSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { outFolder } from '../fixtures/cli';
import { filesIn } from '../fixtures/exporting';
import type { Arena } from './arena';
import type { Running } from './faults';
import type { Wish } from './plan';
import type { Tried } from './run-engine';

const REFUSED = 3;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the bundled command line, with a fault beside it. */
async function command(
  arena: Arena,
  words: readonly string[],
  beside: (running: Running) => Promise<void>,
): Promise<Ended> {
  const child = spawn(process.execPath, [join(outFolder, 'cli.js'), ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      LC_ALL: 'C.UTF-8',
      DELTASCOPE_HOME: arena.home,
      DELTASCOPE_PASSWORD: arena.demo.access.password,
    },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const endWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithUs);
  let isOver = false;
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      isOver = true;
      process.off('exit', endWithUs);
      resolve({ code, signal, stdout, stderr });
    });
  });
  const after = async (milliseconds: number): Promise<boolean> => {
    for (let waited = 0; waited < milliseconds && !isOver; waited += 10) await pause(10);
    return !isOver;
  };
  const running: Running = {
    // Other processes tell nothing of their progress: a while after the first of their files.
    reached: async (share) => {
      while (!isOver && !filesIn(arena.target.path).some((name) => name.endsWith('.partial'))) await pause(5);
      return after(share * 1500);
    },
    after,
    cancel: () => child.kill('SIGINT'),
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
    kill: () => child.kill('SIGKILL'),
  };
  const [end] = await Promise.all([ended, beside(running)]);
  return end;
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

const journals = ({ jobsFolder }: Arena): string[] =>
  existsSync(jobsFolder) ? readdirSync(jobsFolder).filter((name) => name.endsWith('.jsonl')) : [];

/** Exports in a process of its own. */
export async function runAsProcess(
  arena: Arena,
  wish: Wish,
  beside: (running: Running) => Promise<void>,
): Promise<Tried & { readonly end: Ended }> {
  const { url, user, fingerprint } = arena.demo.access;
  const words = (mode: string): string[] => [
    ...['export', ...wish.disks, '--to', arena.target.path, '--json', '--format', wish.format],
    ...['--pool', url, '--user', user, '--fingerprint', fingerprint, '--mode', mode, '--after', wish.after],
    ...(wish.limit === undefined ? [] : ['--limit', String(wish.limit)]),
    ...(wish.connections === undefined ? [] : ['--connections', String(wish.connections)]),
    ...(wish.skipUnchanged ? [] : ['--keep-unchanged']),
  ];
  const before = new Set(journals(arena));
  let end = await command(arena, words(wish.mode), beside);
  if (end.code === REFUSED && wish.mode !== 'auto') end = await command(arena, words('auto'), beside);
  const [name] = journals(arena).filter((one) => !before.has(one));
  const jobId = name?.replace(/\.jsonl$/, '');
  return { wish, jobId, end, ...(jobId === undefined ? { refusal: `exit code ${end.code}` } : {}) };
}

/** Goes on with an interrupted job, or cancels it, in a process of its own. */
export const resumeAsProcess = (
  arena: Arena,
  jobId: string,
  what: 'resume' | 'cancel',
  beside: (running: Running) => Promise<void>,
): Promise<Ended> =>
  command(
    arena,
    [
      ...['resume', jobId, '--json', '--fingerprint', arena.demo.access.fingerprint],
      ...(what === 'cancel' ? ['--cancel'] : ['--limit', 'none']),
    ],
    beside,
  );

/** Removes what a job left that cannot go on. */
export const cleanLeftovers = (arena: Arena, ...more: readonly string[]): Promise<Ended> => {
  const { url, user, fingerprint } = arena.demo.access;
  const login = ['--pool', url, '--user', user, '--fingerprint', fingerprint];
  return command(arena, ['leftovers', '--clean', '--json', ...more, ...login], () => Promise.resolve());
};
