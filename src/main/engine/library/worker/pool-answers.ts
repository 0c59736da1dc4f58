import { attempt, unwrap, type Result } from '../../../../shared/model/result';
import type { PoolConnection } from '../../xapi';
import type { AskedPool, PoolQuestion } from './pool-questions';

/** The main thread's end of {@link PoolQuestion}s: asks the pool, and removes the tasks that a worker left there. */
export class PoolAnswers {
  readonly #pool: AskedPool;
  readonly #tasks: Promise<string>[] = [];
  readonly #ended = new Set<string>();

  constructor(connection: PoolConnection) {
    const session = connection.rawSession;
    this.#pool = {
      ...session,
      createTask: (name) => {
        const task = session.createTask(name);
        this.#tasks.push(task);
        return task;
      },
      destroyTask: (ref) => {
        this.#ended.add(ref);
        return session.destroyTask(ref);
      },
      nbdTargets: async (vdiUuid) => unwrap(await connection.nbdTargets(vdiUuid)),
    };
  }

  answer({ method, given }: PoolQuestion): Promise<Result<unknown>> {
    const pool: Record<keyof AskedPool, (...values: readonly string[]) => Promise<unknown>> = this.#pool;
    return attempt(() => pool[method](...given));
  }

  /** The worker has ended. One that died could not destroy its tasks; a pool that is away keeps them as leftovers. */
  async end(): Promise<void> {
    for (const task of this.#tasks) {
      const made = await attempt(() => task);
      if (!made.ok || this.#ended.has(made.value)) continue;
      await attempt(() => this.#pool.cancelTask(made.value));
      await attempt(() => this.#pool.destroyTask(made.value));
    }
  }
}
