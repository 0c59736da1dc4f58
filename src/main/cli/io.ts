import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';

/** What a command may touch of the process it runs in, so that tests and the app can run commands too. */
export interface CliIo {
  out(text: string): void;
  err(text: string): void;
  /** stderr is a terminal: progress bars may be drawn there. */
  readonly interactive: boolean;
  /** What stdout can show. */
  readonly colours: 'truecolour' | '256' | 'none';
  /** Whether stdout takes block characters. */
  readonly unicode: boolean;
  readonly columns: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Fires when the user asks to stop (Ctrl+C). */
  readonly signal: AbortSignal;
  /** Asks on the terminal without echo; undefined when there is none. */
  readSecret(prompt: string): Promise<string | undefined>;
}

/** The real process. A second Ctrl+C ends it at once. */
export function processIo(): CliIo {
  const { stdout, stderr, stdin, env } = process;
  const abort = new AbortController();
  const stop = (): void => {
    if (abort.signal.aborted) process.exit(130);
    abort.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const utf8 = /utf-?8/i.test(env.LC_ALL ?? env.LC_CTYPE ?? env.LANG ?? '');
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    interactive: stderr.isTTY,
    colours: coloursOf(stdout, env),
    unicode: utf8 || process.platform === 'win32' || process.platform === 'darwin',
    columns: Math.min(Math.max(stdout.columns || 100, 40), 200),
    env,
    signal: abort.signal,
    readSecret: (prompt) => readSecret(prompt, stdin, stderr),
  };
}

function coloursOf(stdout: WriteStream, env: NodeJS.ProcessEnv): CliIo['colours'] {
  if (!stdout.isTTY || env.NO_COLOR) return env.FORCE_COLOR === '3' ? 'truecolour' : 'none';
  const depth = stdout.getColorDepth(env);
  return depth >= 24 ? 'truecolour' : depth >= 8 ? '256' : 'none';
}

function readSecret(prompt: string, stdin: ReadStream, stderr: WriteStream): Promise<string | undefined> {
  if (!stdin.isTTY || !stderr.isTTY) return Promise.resolve(undefined);
  stderr.write(prompt);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: silent, terminal: true });
  return new Promise((resolve) => {
    let answer: string | undefined;
    lines.once('line', (line) => {
      answer = line;
      lines.close();
    });
    lines.once('SIGINT', () => lines.close());
    lines.once('close', () => {
      stderr.write('\n');
      resolve(answer);
    });
  });
}
