import { attempt, unwrap, type Result } from '../../../../shared/model/result';
import { chooseHost, type Wanted } from '../../export/run/nbd-place';
import type { Release } from '../../jobs/budget';
import type { NbdTarget, PoolConnection } from '../../xapi';
import { SOURCE_CONNECTIONS } from '../verify/against-source';
import type { AskedPool, PoolQuestion } from './pool-questions';

/** The main thread's end of {@link PoolQuestion}s: asks the pool, and removes the tasks that a worker left there. */
export class PoolAnswers {
  readonly #pool: AskedPool;
  readonly #tasks: Promise<string>[] = [];
  readonly #ended = new Set<string>();
  readonly #wanted: Omit<Wanted, 'connections'> | undefined;
  #release: Release | undefined;
  #isOver = false;

  /** @param wanted absent: nothing else in this process reads from the pool. */
  constructor(connection: PoolConnection, wanted?: Omit<Wanted, 'connections'>) {
    this.#wanted = wanted;
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
      nbdTargets: (vdiUuid) => this.#targets(connection, vdiUuid),
    };
  }

  /** Asked again for fresh export names, it takes no more connections. */
  async #targets(connection: PoolConnection, vdiUuid: string): Promise<readonly NbdTarget[]> {
    if (!this.#wanted || this.#release) return unwrap(await connection.nbdTargets(vdiUuid));
    const wanted = { ...this.#wanted, connections: SOURCE_CONNECTIONS };
    const { targets, release } = unwrap(await chooseHost(connection, vdiUuid, wanted));
    this.#release = release;
    if (this.#isOver) release();
    return targets;
  }

  answer({ method, given }: PoolQuestion): Promise<Result<unknown>> {
    const pool: Record<keyof AskedPool, (...values: readonly string[]) => Promise<unknown>> = this.#pool;
    return attempt(() => pool[method](...given));
  }

  /** The worker has ended. One that died could not destroy its tasks; a pool that is away keeps them as leftovers. */
  async end(): Promise<void> {
    this.#isOver = true;
    this.#release?.();
    for (const task of this.#tasks) {
      const made = await attempt(() => task);
      if (!made.ok || this.#ended.has(made.value)) continue;
      await attempt(() => this.#pool.cancelTask(made.value));
      await attempt(() => this.#pool.destroyTask(made.value));
    }
  }
}
