import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import { endThreads } from '../threads/threads';
import { endAtOnce, type EndingProcess } from './end-process';
import { EXIT } from './exit-codes';
import { Output } from './output';

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

/** The real process; what it is told ends it, too. */
export interface ProcessIo extends CliIo {
  /** The exit code, if output was lost for another reason than that nobody wants it. */
  readonly lostCode: number | undefined;
  /** To end the process with. */
  readonly ending: EndingProcess;
}

/**
 * The real process. Ctrl+C asks the command to stop, and so does a reader that is gone: nobody would hear how it ends. A
 * second Ctrl+C ends the process at once, a third without a second's patience.
 */
export function processIo(): ProcessIo {
  const { stdin, env } = process;
  const abort = new AbortController();
  let lostCode: number | undefined;
  const stderr = new Output(process.stderr, () => abort.abort());
  const stdout = new Output(process.stdout, (failure) => {
    abort.abort();
    if (failure === 'reader-gone') return;
    lostCode = EXIT.failed;
    stderr.write(`deltascope: The output could not be written: ${failure.message}\n`);
  });
  const ending: EndingProcess = {
    endThreads,
    drained: async () => {
      await Promise.all([stdout.drained(), stderr.drained()]);
    },
    warn: (text) => stderr.write(text),
    exitWith: (code) => process.exit(code),
    kill: () => process.kill(process.pid, 'SIGKILL'),
  };
  let stops = 0;
  const stop = (): void => {
    stops++;
    if (stops === 1) abort.abort();
    else if (stops === 2) void endAtOnce(130, ending);
    else ending.kill();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const utf8 = /utf-?8/i.test(env.LC_ALL ?? env.LC_CTYPE ?? env.LANG ?? '');
  return {
    out: (text) => stdout.write(text),
    err: (text) => stderr.write(text),
    interactive: process.stderr.isTTY,
    colours: coloursOf(process.stdout, env),
    unicode: utf8 || process.platform === 'win32' || process.platform === 'darwin',
    columns: Math.min(Math.max(process.stdout.columns || 100, 40), 200),
    env,
    signal: abort.signal,
    readSecret: (prompt) => readSecret(prompt, stdin, process.stderr),
    get lostCode() {
      return lostCode;
    },
    ending,
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
