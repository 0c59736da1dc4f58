import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';

/** A whole program with its arguments. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Measurement {
  readonly wallSeconds: number;
  /** User and system time of the program, without the server's. */
  readonly cpuSeconds: number;
  readonly peakMiB: number;
  /** The last line of its output when that is JSON. */
  readonly said: Readonly<Record<string, unknown>>;
}

/**
 * Runs a program under GNU time; process start and end count. GNU time tells whole hundredths, which is too coarse for
 * an increment, so the wall time is taken here: the launcher's millisecond is the same for everybody.
 * @throws Error with the program's output when it fails.
 */
export async function measure(command: Command, notesFile: string): Promise<Measurement> {
  const started = process.hrtime.bigint();
  const output = await run(command, ['/usr/bin/time', '--quiet', '-f', '%U %S %M', '-o', notesFile]);
  const wallSeconds = Number(process.hrtime.bigint() - started) / 1e9;
  const [user, system, peakKiB] = readFileSync(notesFile, 'utf8').trim().split(' ').map(Number);
  rmSync(notesFile);
  return { wallSeconds, cpuSeconds: user + system, peakMiB: peakKiB / 1024, said: lastJsonLine(output) };
}

/** Runs a program without measuring it. @throws Error with its output when it fails. */
export function run(command: Command, launcher: readonly string[] = []): Promise<string> {
  const [program, ...args] = [...launcher, command.program, ...command.args];
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...command.env },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve(stdout);
      else
        reject(
          new Error(
            `${command.program} ${command.args.join(' ')} ended with ${code ?? signal}:\n${stderr}${stdout}`,
          ),
        );
    });
  });
}

function lastJsonLine(output: string): Record<string, unknown> {
  const line = output.trim().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) return {};
  return JSON.parse(line) as Record<string, unknown>;
}
