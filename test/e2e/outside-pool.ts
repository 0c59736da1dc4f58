import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';

const announced = z.object({
  url: z.string(),
  user: z.string(),
  password: z.string(),
  fingerprint: z.string(),
});

/** A demo pool in a process of its own: for the app a pool like any other, which can also go away. */
export class OutsidePool {
  readonly #process: ChildProcess;
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly fingerprint: string;

  /** @param listen for a second pool at the address of one that ended. */
  static async start(listen = '127.0.0.1:0'): Promise<OutsidePool> {
    const child = spawn(process.execPath, [resolve('out/main/cli.js'), 'demo', '--listen', listen], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout });
    const [line] = (await Promise.race([
      once(lines, 'line'),
      once(child, 'exit').then(() => Promise.reject(new Error('The demo pool did not start.'))),
    ])) as [string];
    return new OutsidePool(child, announced.parse(JSON.parse(line)));
  }

  private constructor(child: ChildProcess, { url, user, password, fingerprint }: z.infer<typeof announced>) {
    this.#process = child;
    this.url = url;
    this.user = user;
    this.password = password;
    this.fingerprint = fingerprint;
  }

  /** Address and port, to listen there again. */
  get listen(): string {
    return new URL(this.url).host;
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }
}
