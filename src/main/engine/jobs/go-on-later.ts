import type { Job } from '../../../shared/model/job';
import type { JobQueue } from './queue';

/** A network or a host that is away comes back by itself. Whatever somebody has to put right first is not among them. */
const PASSING = new Set([
  'pool-unreachable',
  'pool-busy',
  'pool-upgrading',
  'pool-internal-error',
  'call-timeout',
  'not-the-master',
  'session-expired',
  'task-gone',
  'host-offline',
  'host-booting',
  'disk-in-use',
  'nbd-unreachable',
  'nbd-refused-before-greeting',
  'nbd-export-refused',
  'nbd-closed-in-handshake',
  'nbd-closed-mid-read',
  'nbd-timeout',
  'nbd-tls-failed',
]);

const MINUTE = 60_000;
/** Until an interrupted job is tried again, in ms; the last from then on. */
const PAUSES = [1 * MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE];

interface Planned {
  timer: NodeJS.Timeout | undefined;
  /** Attempts since it last read anything. */
  attempts: number;
  readBytes: number;
}

/**
 * Goes on with jobs of this process that were interrupted by something that passes, until they end or somebody cancels
 * or removes them.
 */
export class GoOnLater {
  readonly #planned = new Map<string, Planned>();
  readonly #queue: JobQueue;
  readonly #pauses: readonly number[];

  constructor(queue: JobQueue, pauses = PAUSES) {
    this.#queue = queue;
    this.#pauses = pauses;
    queue.on('changed', (job) => this.#look(job));
    queue.on('removed', (jobId) => this.#forget(jobId));
  }

  #look(job: Job): void {
    const known = this.#planned.get(job.id);
    const passes = job.state === 'interrupted' && PASSING.has(job.failure?.code ?? '');
    if (passes && known?.timer) return;
    if (passes) this.#plan(job);
    else if (job.state === 'queued' || job.state === 'running' || job.state === 'paused') this.#stop(known);
    else this.#forget(job.id);
  }

  #plan({ id, disks }: Job): void {
    const readBytes = disks.reduce((sum, { progress }) => sum + (progress?.readBytes ?? 0), 0);
    const before = this.#planned.get(id);
    const attempts = before && readBytes <= before.readBytes ? before.attempts + 1 : 0;
    const pause = this.#pauses[Math.min(attempts, this.#pauses.length - 1)];
    const planned: Planned = { attempts, readBytes, timer: setTimeout(() => this.#goOn(id), pause) };
    planned.timer?.unref();
    this.#planned.set(id, planned);
    if (!this.#queue.goesOnAt(id, new Date(Date.now() + pause))) this.#forget(id);
  }

  #goOn(jobId: string): void {
    this.#stop(this.#planned.get(jobId));
    // Where it cannot, another process has it, or it is over.
    if (!this.#queue.resume(jobId).ok) this.#forget(jobId);
  }

  #stop(planned: Planned | undefined): void {
    clearTimeout(planned?.timer);
    if (planned) planned.timer = undefined;
  }

  #forget(jobId: string): void {
    this.#stop(this.#planned.get(jobId));
    this.#planned.delete(jobId);
  }
}
