import { FailureError, type Failure } from '../../../../shared/model/failure';
import type { Clock } from '../clock';
import { unexpectedAnswer } from '../errors/call-failure';
import { LongText } from '../transport/long-text';
import { taskRecord, type PoolEvent, type TaskRecord } from './records';

const taskGone: Failure = {
  code: 'task-gone',
  message: 'The pool lost the task before it ended, so its result is unknown.',
  nextStep: 'The pool’s toolstack was probably restarted. Look at what the task left behind, then try again.',
};

interface Waiting {
  readonly settle: (task: TaskRecord) => void;
  readonly reject: (error: unknown) => void;
}

/** After the pool did not tell about a task. */
const ASK_AGAIN = 5000;

/** Waits for tasks of the pool to end: by events, and by asking, since their events may have come before or be missed. */
export class TaskWatcher {
  readonly #waiting = new Map<string, Waiting>();
  readonly #asking = new Set<string>();
  /** Those to be asked about once more when the answer is there that is under way. */
  readonly #again = new Set<string>();
  readonly #fetch: (ref: string) => Promise<unknown>;
  readonly #clock: Clock;
  /** Ends the pauses of those that ask. */
  #now = new AbortController();
  #abandoned: Failure | undefined;

  /** @param fetch reads a task's record; rejects with a FailureError */
  constructor(fetch: (ref: string) => Promise<unknown>, clock: Clock) {
    this.#fetch = fetch;
    this.#clock = clock;
  }

  /** The task's record once it has ended, well or not. @throws FailureError `task-gone`, or why it was abandoned */
  ended(ref: string): Promise<TaskRecord> {
    if (this.#abandoned) return Promise.reject(new FailureError(this.#abandoned));
    return new Promise((resolve, reject) => {
      this.#waiting.set(ref, {
        settle: (task) => {
          if (task.status === 'pending' || task.status === 'cancelling') return;
          this.#waiting.delete(ref);
          resolve(task);
        },
        reject: (error) => {
          this.#waiting.delete(ref);
          reject(error);
        },
      });
      void this.#ask(ref);
    });
  }

  apply({ ref, operation, snapshot }: PoolEvent): void {
    const waiting = this.#waiting.get(ref);
    if (!waiting) return;
    if (operation === 'del') waiting.reject(new FailureError(taskGone));
    else if (this.#lacksResult(snapshot)) this.#askNow(ref);
    else this.#read(waiting, snapshot);
  }

  /** Asks for every awaited task: their events may have been missed. */
  recheck(): void {
    this.#now.abort();
    this.#now = new AbortController();
    for (const ref of this.#waiting.keys()) void this.#ask(ref);
  }

  /** Nobody will hear of the tasks any more, nor of those that are asked about later. */
  abandon(failure: Failure): void {
    this.#abandoned = failure;
    this.#now.abort();
    for (const waiting of [...this.#waiting.values()]) waiting.reject(new FailureError(failure));
  }

  /** Asks for an awaited task. @throws FailureError why the pool does not tell; a task that is gone is no such reason */
  async look(ref: string): Promise<void> {
    try {
      const record = await this.#fetch(ref);
      const waiting = this.#waiting.get(ref);
      if (waiting) this.#read(waiting, record);
    } catch (error) {
      const isGone = error instanceof FailureError && error.failure.code === 'object-gone';
      if (!isGone) throw error;
      this.#waiting.get(ref)?.reject(new FailureError(taskGone));
    }
  }

  /**
   * Until the pool has told, since the last recheck: an answer from before it may have missed the end. That a single call
   * failed is no reason for events to be lost, so nobody else may notice.
   */
  async #ask(ref: string): Promise<void> {
    if (this.#asking.has(ref)) return;
    this.#asking.add(ref);
    while (this.#waiting.has(ref)) {
      const { signal } = this.#now;
      this.#again.delete(ref);
      const told = await this.#told(ref);
      if (told && !signal.aborted && !this.#again.has(ref)) break;
      if (!told) await this.#clock.sleep(ASK_AGAIN, signal);
    }
    this.#again.delete(ref);
    this.#asking.delete(ref);
  }

  /** An event does not bring a long result along. */
  #lacksResult(record: unknown): boolean {
    const { result } = (record ?? {}) as { result?: unknown };
    return result instanceof LongText && result.bytes === undefined;
  }

  /** The answer that is under way may have been given before. */
  #askNow(ref: string): void {
    if (this.#asking.has(ref)) this.#again.add(ref);
    else void this.#ask(ref);
  }

  async #told(ref: string): Promise<boolean> {
    try {
      await this.look(ref);
    } catch (error) {
      if (error instanceof FailureError) return false;
      this.#waiting.get(ref)?.reject(error);
    }
    return true;
  }

  #read(waiting: Waiting, record: unknown): void {
    const task = taskRecord.safeParse(record);
    if (task.success) waiting.settle(task.data);
    else waiting.reject(new FailureError(unexpectedAnswer('a task', task.error.message)));
  }
}
