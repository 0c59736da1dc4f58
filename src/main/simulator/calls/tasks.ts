import type { PoolState } from '../pool-state';
import { DateTime, Float, VOID, type Value } from '../rpc/value';
import { XapiError } from '../rpc/xapi-error';
import { encodeXmlValue } from '../rpc/xml-rpc';

/** Finished tasks are forgotten after 65 minutes. Source: xen-api ocaml/xapi/xapi_globs.ml, `completed_task_timeout`. */
const FINISHED_TASK_LIFE = 65 * 60 * 1000;

/** A new pending task. */
export function createTask(pool: PoolState, name: string, description: string, host: string): string {
  forgetOldTasks(pool);
  return pool.db.task.create({
    name_label: name,
    name_description: description,
    created: new DateTime(pool.clock.now()),
    resident_on: host,
    allowed_operations: ['cancel'],
  });
}

export function setProgress(pool: PoolState, task: string, fraction: number): void {
  const { db } = pool;
  if (db.task.has(task) && db.task.get(task).status === 'pending') {
    db.task.update(task, { progress: new Float(Math.min(1, Math.max(0, fraction))) });
  }
}

/** Ends the task well. The result is an XML-RPC fragment whatever the transport; nothing for a call without result. */
export function succeed(pool: PoolState, task: string, value: Value): void {
  finish(pool, task, { status: 'success', result: value === VOID ? '' : encodeXmlValue(value) });
}

/** Ends the task with an error, or as cancelled when that is what the error says. */
export function fail(pool: PoolState, task: string, error: XapiError): void {
  const status = error.code === 'TASK_CANCELLED' ? 'cancelled' : 'failure';
  finish(pool, task, { status, error_info: [error.code, ...error.params] });
}

type Ending =
  | { readonly status: 'success'; readonly result: string }
  | { readonly status: 'failure' | 'cancelled'; readonly error_info: readonly string[] };

function finish(pool: PoolState, task: string, ending: Ending): void {
  pool.running.delete(task);
  if (!pool.db.task.has(task)) return;
  pool.db.task.update(task, {
    ...ending,
    progress: new Float(1),
    finished: new DateTime(pool.clock.now()),
    allowed_operations: [],
    current_operations: {},
  });
}

/** Runs `work` as the task's content; how it ends is written into the task. */
export async function runAsTask(
  pool: PoolState,
  task: string,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<void> {
  const abort = new AbortController();
  pool.running.set(task, abort);
  try {
    succeed(pool, task, await work(abort.signal));
  } catch (error) {
    fail(pool, task, toXapiError(error));
  }
}

/** What is not a XAPI error reaches the client as the real XAPI's INTERNAL_ERROR. */
export function toXapiError(error: unknown): XapiError {
  if (error instanceof XapiError) return error;
  return new XapiError('INTERNAL_ERROR', error instanceof Error ? error.message : String(error));
}

function forgetOldTasks({ db, clock }: PoolState): void {
  const limit = clock.now() - FINISHED_TASK_LIFE;
  for (const { ref, record } of [...db.task.rows()]) {
    const isOver = record.status !== 'pending' && record.status !== 'cancelling';
    if (isOver && record.finished.milliseconds < limit) db.task.destroy(ref);
  }
}
