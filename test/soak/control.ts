import { Agent, request } from 'node:https';
import { z } from 'zod';

const answerSchema = z.object({
  result: z.unknown().optional(),
  error: z.object({ message: z.string(), data: z.unknown() }).optional(),
});

export interface Access {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly cert: string;
}

/** Talks to the demo pool beside the engine: to act on it, and to see what is truly there. */
export class Control {
  readonly #agent: Agent;
  #session: string | undefined;
  #host = '';
  #id = 0;

  constructor(private readonly access: Access) {
    if (!/^https:\/\/127\.0\.0\.\d+:/.test(access.url))
      throw new Error('the soak talks to this machine only');
    this.#agent = new Agent({ keepAlive: false, ca: access.cert, checkServerIdentity: () => undefined });
  }

  async open(): Promise<void> {
    const hosts = await this.call(z.array(z.string()), 'host.get_all');
    this.#host = hosts[0];
  }

  /** Answers faults of calls by trying again: the soak must get through them. */
  async call<T>(schema: z.ZodType<T>, method: string, ...parameters: unknown[]): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        this.#session ??= z
          .string()
          .parse(
            await this.#send('session.login_with_password', [
              this.access.user,
              this.access.password,
              '1.0',
              'soak',
            ]),
          );
        return schema.parse(await this.#send(method, [this.#session, ...parameters]));
      } catch (error) {
        if (String(error).includes('SESSION_INVALID')) this.#session = undefined;
        else if (attempt > 40 || error instanceof z.ZodError) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  /** One of the demo pool's own functions. */
  async act<T>(schema: z.ZodType<T>, fn: string, args: Readonly<Record<string, string>> = {}): Promise<T> {
    const answer = await this.call(z.string(), 'host.call_plugin', this.#host, 'deltascope-demo', fn, args);
    return schema.parse(JSON.parse(answer));
  }

  async fault(what: Readonly<Record<string, unknown>>): Promise<void> {
    await this.act(z.unknown(), 'fault', { json: JSON.stringify(what) });
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(method: string, params: unknown[]): Promise<unknown> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: ++this.#id, method, params });
    return new Promise((resolve, reject) => {
      const call = request(
        `${this.access.url}/jsonrpc`,
        { method: 'POST', agent: this.#agent, headers: { 'content-type': 'application/json' } },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          response.on('error', reject);
          response.on('end', () => {
            try {
              const { result, error } = answerSchema.parse(JSON.parse(text));
              if (error) reject(new Error(`${method}: ${error.message} ${JSON.stringify(error.data)}`));
              else resolve(result);
            } catch (problem) {
              reject(problem instanceof Error ? problem : new Error(String(problem)));
            }
          });
        },
      );
      call.on('error', reject);
      call.end(body);
    });
  }
}
