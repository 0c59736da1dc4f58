import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { ExportPlan } from '../../../shared/model/export-plan';
import type { Job, JobLogEntry } from '../../../shared/model/job';
import { err, ok, type Result } from '../../../shared/model/result';
import { Budget } from './budget';
import type { JobLimits, RunJob } from './job-context';
import { JobLogs } from './job-log';
import { hasEnded, jobFromJournal } from './job-state';
import { Journal, loadJournals, removeJournal, type LoadedJournal } from './journal';
import { LiveJob } from './live-job';

/** Source: xen-api ocaml/nbd/lib/consts.ml, connection_limit. */
const CONNECTIONS_PER_HOST = 16;
const COPIES_PER_STORAGE = 2;
const JOBS_AT_ONCE = 3;
/** Progress is told at most ten times a second. */
const TELL_EVERY_MS = 100;

export interface JobQueueEvents {
  changed: [job: Job];
  log: [entry: JobLogEntry];
  removed: [jobId: string];
}

/** Runs jobs a few at a time, keeps a journal of each, and knows those of earlier runs of the program. */
export class JobQueue extends EventEmitter<JobQueueEvents> {
  readonly #folder: string;
  readonly #runJob: RunJob;
  readonly #logs: JobLogs;
  readonly #live = new Map<string, LiveJob>();
  readonly #past = new Map<string, Job>();
  readonly #waiting: LiveJob[] = [];
  readonly #limits: JobLimits = {
    connections: new Budget(CONNECTIONS_PER_HOST),
    copies: new Budget(COPIES_PER_STORAGE),
  };
  #running = 0;
  #ticker: NodeJS.Timeout | undefined;

  private constructor(folder: string, runJob: RunJob) {
    super();
    this.#folder = folder;
    this.#logs = new JobLogs(folder);
    this.#runJob = runJob;
  }

  /**
   * Opens the queue with the jobs of earlier runs; those that were under way are `interrupted`.
   * @param folder of the journals; made when the first job starts.
   * @returns also the journals that were damaged and set aside.
   */
  static async open(
    folder: string,
    runJob: RunJob,
  ): Promise<{ queue: JobQueue; interrupted: readonly LoadedJournal[]; setAside: readonly string[] }> {
    const queue = new JobQueue(folder, runJob);
    const { journals, setAside } = await loadJournals(folder);
    const interrupted: LoadedJournal[] = [];
    for (const journal of journals) {
      const job = jobFromJournal(journal.entries);
      if (!job) continue;
      queue.#past.set(job.id, job);
      if (job.state === 'interrupted') interrupted.push(journal);
    }
    return { queue, interrupted, setAside };
  }

  /** All jobs, oldest first. */
  list(): Job[] {
    const jobs = [...this.#past.values(), ...[...this.#live.values()].map(({ job }) => job)];
    return jobs.map((job) => structuredClone(job)).sort((a, b) => a.createdAt.localeCompare(b.createdAt));
  }

  /** Puts a plan that may start into the queue. Fails with `preflight-refused`. */
  start(plan: ExportPlan): Result<Job> {
    if (!plan.canStart) return err(refusal(plan));
    const id = randomUUID();
    const live = new LiveJob(id, plan, Journal.open(this.#folder, id), {
      changed: () => this.emit('changed', structuredClone(live.job)),
      logged: (entry) => {
        this.#logs.add(entry);
        this.emit('log', entry);
      },
    });
    this.#live.set(id, live);
    this.#waiting.push(live);
    this.emit('changed', structuredClone(live.job));
    this.#startWaiting();
    return ok(structuredClone(live.job));
  }

  cancel(jobId: string): void {
    this.#live.get(jobId)?.cancel();
  }

  pause(jobId: string): void {
    this.#live.get(jobId)?.pause();
  }

  resume(jobId: string): void {
    this.#live.get(jobId)?.resume();
  }

  limit(jobId: string, bytesPerSecond: number | undefined): void {
    this.#live.get(jobId)?.limit(bytesPerSecond);
  }

  log(jobId: string): Promise<JobLogEntry[]> {
    return this.#logs.read(jobId);
  }

  /** Forgets a job that has ended, with its journal and log. Exports stay. Does nothing for one that runs. */
  async remove(jobId: string): Promise<void> {
    const live = this.#live.get(jobId);
    if (live && !hasEnded(live.job.state)) return;
    this.#live.delete(jobId);
    this.#past.delete(jobId);
    await removeJournal(this.#folder, jobId);
    await this.#logs.remove(jobId);
    this.emit('removed', jobId);
  }

  /** Resolves with the job once it has ended. */
  ended(jobId: string): Promise<Job> {
    return new Promise((resolve) => {
      const look = (job: Job): void => {
        if (job.id !== jobId || !hasEnded(job.state)) return;
        this.off('changed', look);
        resolve(job);
      };
      this.on('changed', look);
      const job = this.#live.get(jobId)?.job ?? this.#past.get(jobId);
      if (job) look(structuredClone(job));
    });
  }

  /** Cancels everything and waits until pool and disk are clean. */
  async close(): Promise<void> {
    const running = [...this.#live.values()].filter(({ job }) => !hasEnded(job.state));
    const ends = running.map(({ job }) => this.ended(job.id));
    for (const live of running) live.cancel();
    await Promise.all(ends);
  }

  #startWaiting(): void {
    while (this.#running < JOBS_AT_ONCE) {
      const next = this.#waiting.shift();
      if (!next) break;
      this.#running++;
      void next.run(this.#runJob, this.#limits).then(() => {
        this.#running--;
        this.#startWaiting();
      });
    }
    this.#tick();
  }

  /** Tells progress while anything runs, and rests otherwise. */
  #tick(): void {
    if (this.#running > 0) this.#ticker ??= setInterval(() => this.#tellProgress(), TELL_EVERY_MS);
    else {
      clearInterval(this.#ticker);
      this.#ticker = undefined;
    }
  }

  #tellProgress(): void {
    for (const live of this.#live.values())
      if (live.refresh()) this.emit('changed', structuredClone(live.job));
  }
}

function refusal(plan: ExportPlan): { code: string; message: string; nextStep: string } {
  const blocking = plan.findings.filter(({ severity }) => severity === 'block');
  return {
    code: 'preflight-refused',
    message: blocking.map(({ text }) => text).join(' ') || 'The export cannot start.',
    nextStep: blocking.map(({ nextStep }) => nextStep).join(' ') || 'Look at the findings of the plan.',
  };
}
