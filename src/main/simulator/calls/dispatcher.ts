import { ConnectionDropped, faultError } from '../control/call-faults';
import { pause } from '../clock';
import { CLASSES } from '../records/classes';
import { masterRef, type PoolState } from '../pool-state';
import type { RpcCall, RpcResult } from '../rpc/call';
import type { Value } from '../rpc/value';
import { XapiError } from '../rpc/xapi-error';
import { useSession } from '../sessions/sessions';
import { genericMethods } from './generic';
import type { CallContext, Method } from './method';
import { createTask, runAsTask, setProgress, toXapiError } from './tasks';

const ASYNC = 'Async.';

/** Finds the method of a call, checks session and host, and runs it. */
export class Dispatcher {
  /** Calls are refused until the pool is complete. */
  ready = false;
  readonly #pool: PoolState;
  readonly #methods: ReadonlyMap<string, Method>;
  /** Calls that run as tasks; awaited when the pool closes. */
  readonly #background = new Set<Promise<void>>();

  constructor(pool: PoolState, methods: readonly Method[]) {
    this.#pool = pool;
    const generic = genericMethods(pool.db, Object.keys(CLASSES));
    this.#methods = new Map([...generic, ...methods].map((method) => [method.name, method]));
  }

  /**
   * Never rejects for what a client did wrong: that is an error result.
   * @throws ConnectionDropped when a fault asks for no answer at all.
   */
  async dispatch(host: string, call: RpcCall, signal: AbortSignal): Promise<RpcResult> {
    try {
      return { ok: true, value: await this.#run(host, call, signal) };
    } catch (error) {
      if (error instanceof ConnectionDropped) throw error;
      return { ok: false, error: toXapiError(error) };
    }
  }

  /** Cancels what runs in the background and waits for its end. */
  async close(): Promise<void> {
    for (const running of this.#pool.running.values()) running.abort();
    await Promise.all(this.#background);
  }

  async #run(host: string, call: RpcCall, signal: AbortSignal): Promise<Value> {
    if (call.method === 'system.listMethods') return this.#names();
    if (!this.ready) throw new XapiError('HOST_STILL_BOOTING');
    const isAsync = call.method.startsWith(ASYNC);
    const name = isAsync ? call.method.slice(ASYNC.length) : call.method;
    const method = this.#methods.get(name);
    if (!method || (isAsync && !method.async)) throw new XapiError('MESSAGE_METHOD_UNKNOWN', call.method);
    const pool = this.#pool;
    const master = masterRef(pool);
    if (host !== master) throw new XapiError('HOST_IS_SLAVE', pool.db.host.get(master).address);
    const session = method.session ? sessionOf(call) : '';
    if (method.session) useSession(pool, session);
    const values = method.session ? call.params.slice(1) : call.params;
    const context = { pool, session, host, signal, progress: () => undefined };
    return isAsync ? this.#start(method, context, values) : await this.#attempt(method, context, values);
  }

  /** Runs the method in the background and answers with its task. */
  #start(method: Method, context: CallContext, values: readonly Value[]): string {
    const { pool, host } = context;
    const task = createTask(pool, `${ASYNC}${method.name}`, '', host);
    const progress = (fraction: number): void => setProgress(pool, task, fraction);
    const work = runAsTask(pool, task, (signal) =>
      this.#attempt(method, { ...context, signal, progress }, values),
    ).finally(() => this.#background.delete(work));
    this.#background.add(work);
    return task;
  }

  async #attempt(method: Method, context: CallContext, values: readonly Value[]): Promise<Value> {
    const fault = context.pool.faults.strike(method.name);
    if (fault?.delay) await pause(fault.delay, context.signal);
    if (fault?.hold) await context.pool.faults.held(context.signal);
    if (fault?.drop) throw new ConnectionDropped();
    if (fault?.error) throw faultError(fault.error);
    return await method.run(context, values);
  }

  #names(): string[] {
    return [...this.#methods.values()].flatMap(({ name, async }) => (async ? [name, ASYNC + name] : [name]));
  }
}

function sessionOf({ method, params }: RpcCall): string {
  const [session] = params;
  if (session === undefined) throw new XapiError('MESSAGE_PARAMETER_COUNT_MISMATCH', method, '1', '0');
  if (typeof session !== 'string') throw new XapiError('SESSION_INVALID', '');
  return session;
}
