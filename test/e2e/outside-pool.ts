import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:https';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';

const announced = z.object({
  cert: z.string(),
  url: z.string(),
  user: z.string(),
  password: z.string(),
  fingerprint: z.string(),
});

interface Access {
  readonly session: string;
  readonly host: string;
}

/** A demo pool in a process of its own: for the app a pool like any other, which can also go away. */
export class OutsidePool {
  readonly #process: ChildProcess;
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly fingerprint: string;
  readonly #cert: string;
  #access: Promise<Access> | undefined;

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

  private constructor(
    child: ChildProcess,
    { url, user, password, fingerprint, cert }: z.infer<typeof announced>,
  ) {
    this.#process = child;
    this.url = url;
    this.user = user;
    this.password = password;
    this.fingerprint = fingerprint;
    this.#cert = cert;
  }

  /** Address and port, to listen there again. */
  get listen(): string {
    return new URL(this.url).host;
  }

  /**
   * Acts on the pool as a guest or its storage would, past the app, and gives the answer. See the simulator's control
   * plug-in.
   */
  async act(fn: string, args: Readonly<Record<string, string>> = {}): Promise<unknown> {
    // Once: while calls fail by a fault, those of the plug-in work, and a login does not.
    this.#access ??= this.#logIn();
    const { session, host } = await this.#access;
    const answer = await this.#call('host.call_plugin', session, host, 'deltascope-demo', fn, args);
    return JSON.parse(z.string().parse(answer));
  }

  /** Calls the pool as another client of it does. */
  async call(method: string, ...parameters: readonly unknown[]): Promise<unknown> {
    this.#access ??= this.#logIn();
    return this.#call(method, (await this.#access).session, ...parameters);
  }

  /** Something goes wrong on the pool from now on. See `faultSchema` of the simulator. */
  async fault(what: Readonly<Record<string, unknown>>): Promise<void> {
    await this.act('fault', { json: JSON.stringify(what) });
  }

  async #logIn(): Promise<Access> {
    const session = z
      .string()
      .parse(await this.#call('session.login_with_password', this.user, this.password));
    const [host = ''] = z.array(z.string()).parse(await this.#call('host.get_all', session));
    return { session, host };
  }

  async #call(method: string, ...params: readonly unknown[]): Promise<unknown> {
    const sent = request(new URL('/jsonrpc', this.url), {
      method: 'POST',
      ca: this.#cert,
      checkServerIdentity: () => undefined,
    });
    sent.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
    const [response] = (await once(sent, 'response')) as [AsyncIterable<Buffer>];
    const parts: Buffer[] = [];
    for await (const part of response) parts.push(part);
    const answer = z
      .object({ result: z.unknown().optional(), error: z.unknown().optional() })
      .parse(JSON.parse(Buffer.concat(parts).toString('utf8')));
    if (answer.error !== undefined) throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
    return answer.result;
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }
}
