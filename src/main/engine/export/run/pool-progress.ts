import type { Job } from '../../../../shared/model/job';
import type { PoolConnection, PoolTask } from '../../xapi';
import type { RunningCopy } from '../copy/worker-client';

const TELL_EVERY_MS = 2000;

/** Shows the job's progress as a task of the pool, so that other admins see what goes on. */
export class PoolProgress {
  readonly #task: PoolTask | undefined;
  /** By disk: what a copy has proved and read counts from there on, also of one that took another's place. */
  readonly #copies = new Map<string, RunningCopy>();
  readonly #disks: number;
  readonly #timer: NodeJS.Timeout | undefined;
  #telling: Promise<unknown> = Promise.resolve();

  private constructor(task: PoolTask | undefined, disks: number) {
    this.#task = task;
    this.#disks = disks;
    if (task) this.#timer = setInterval(() => this.#tell(), TELL_EVERY_MS);
  }

  /** A pool that refuses the task does not keep the export from running; `onRefused` is told why. */
  static async start(
    connection: PoolConnection,
    title: Job['title'],
    disks: number,
    onRefused: (why: string) => void,
  ): Promise<PoolProgress> {
    const task = await connection.createTask(title, 'Deltascope exports disks');
    if (!task.ok) onRefused(task.failure.message);
    return new PoolProgress(task.ok ? task.value : undefined, disks);
  }

  follow(diskUuid: string, copy: RunningCopy): void {
    this.#copies.set(diskUuid, copy);
  }

  async end(outcome: 'success' | 'failure' | 'cancelled'): Promise<void> {
    clearInterval(this.#timer);
    await this.#telling;
    await this.#task?.finish(outcome);
  }

  #tell(): void {
    const shares = [...this.#copies.values()].map(
      ({ counters }) => counters.get('readBytes') / Math.max(1, counters.get('totalBytes')),
    );
    const done = shares.reduce((sum, share) => sum + share, 0) / this.#disks;
    this.#telling = this.#task!.setProgress(done);
  }
}
