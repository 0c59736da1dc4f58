import { z } from 'zod';
import { FailureError } from '../../../../shared/model/failure';
import { unexpectedAnswer } from '../errors/call-failure';
import type { RecordCache } from '../pool/record-cache';
import type { TaskRecord } from '../pool/records';
import type { TaskWatcher } from '../pool/task-watcher';

/**
 * What a transfer asks of the session with the pool. The thread that has the session may be another one: whatever goes
 * in and comes out can be sent as a message. Everything rejects with a FailureError.
 */
export interface RawSession {
  /** The secret that opens the session: never log it. */
  sessionId(): Promise<string>;
  /** Makes a task of the pool; its reference. */
  createTask(name: string): Promise<string>;
  /** The task's record once it has ended, well or not. */
  taskEnded(ref: string): Promise<TaskRecord>;
  cancelTask(ref: string): Promise<void>;
  destroyTask(ref: string): Promise<void>;
  /** Certificates (PEM) of the pool's hosts that have an address, read over the pinned connection to the master. */
  certificatesOf(address: string): Promise<readonly string[]>;
}

export interface RawSessionParts {
  /** @throws FailureError `pool-disconnected` */
  readonly id: () => string;
  /** Rejects with a FailureError. */
  readonly call: (method: string, parameters: readonly unknown[]) => Promise<unknown>;
  readonly tasks: TaskWatcher;
  readonly cache: RecordCache;
}

const certificates = z.array(z.string());

export const rawSession = ({ id, call, tasks, cache }: RawSessionParts): RawSession => ({
  sessionId: () => Promise.resolve().then(id),
  createTask: async (name) => String(await call('task.create', [name, ''])),
  taskEnded: (ref) => tasks.ended(ref),
  cancelTask: async (ref) => {
    await call('task.cancel', [ref]);
  },
  destroyTask: async (ref) => {
    await call('task.destroy', [ref]);
  },
  certificatesOf: async (address) => {
    const hosts = [...cache.table('host')].filter(([, host]) => host.address === address);
    const method = 'host.get_server_certificate';
    const parsed = certificates.safeParse(await Promise.all(hosts.map(([ref]) => call(method, [ref]))));
    if (!parsed.success) throw new FailureError(unexpectedAnswer(method, parsed.error.message));
    return parsed.data;
  },
});
