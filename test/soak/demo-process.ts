import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { z } from 'zod';
import { outFolder } from '../fixtures/cli';
import type { Access } from './control';

const accessSchema = z.object({
  url: z.string(),
  user: z.string(),
  password: z.string(),
  fingerprint: z.string(),
  cert: z.string(),
});

/** The demo pool in a process of its own, so that it can be frozen and does not count as the engine's memory. */
export class DemoProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly access: Access & { readonly fingerprint: string },
  ) {}

  static async start(): Promise<DemoProcess> {
    const child = spawn(process.execPath, [join(outFolder, 'cli.js'), 'demo', '--json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const line = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).once('line', resolve);
      child.once('exit', (code) => reject(new Error(`the demo pool ended with code ${code}`)));
    });
    return new DemoProcess(child, accessSchema.parse(JSON.parse(line)));
  }

  get pid(): number {
    return this.child.pid!;
  }

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    if (!this.alive) return;
    this.thaw();
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    const forced = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(forced);
  }
}
