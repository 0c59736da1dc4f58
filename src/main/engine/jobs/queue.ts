import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { ExportPlan } from '../../../shared/model/export-plan';
import type { JobMap, JobMapChange } from '../../../shared/model/job-map';
import type { Job, JobLogEntry } from '../../../shared/model/job';
import { toFailure } from '../../../shared/model/failure';
import { err, ok, type Result } from '../../../shared/model/result';
import { Budget } from './budget';
import { EarlierJobs } from './earlier-jobs';
import { EndedMaps } from './ended-maps';
import type { JobLimits, RunJob } from './job-context';
import { JobFiles } from './job-files';
import { JobLock } from './job-lock';
import { JobLogs } from './job-log';
import { hasEnded, isOver, jobFromJournal } from './job-state';
import { Journal, readJournal, removeJournal, type LoadedJournal } from './journal';
import { settleLeftBehind, type LookAtPool } from './left-behind';
import { LiveJob, type LiveJobParts } from './live-job';
import { alreadyOver, notFound, refusal, runsElsewhere } from './queue-failures';

/** Source: xen-api ocaml/nbd/lib/consts.ml, connection_limit. */
const CONNECTIONS_PER_HOST = 16;
const COPIES_PER_STORAGE = 2;
/** Memory stays below 200 MiB; more would only share the same wire. */
const COPIES_IN_ALL = 3;
const JOBS_AT_ONCE = 3;
/** Progress is told at most ten times a second. */
const TELL_EVERY_MS = 100;

export interface JobQueueEvents {
  changed: [job: Job];
  log: [entry: JobLogEntry];
  removed: [jobId: string];
  map: [change: JobMapChange];
}

/** Runs jobs a few at a time, keeps a journal of each, and knows those of earlier runs of the program. */
export class JobQueue extends EventEmitter<JobQueueEvents> {
  readonly #folder: string;
  readonly #runJob: RunJob;
  readonly #logs: JobLogs;
  readonly #live = new Map<string, LiveJob>();
  readonly #locks = new Map<LiveJob, JobLock>();
  readonly #earlier: EarlierJobs;
  readonly #endedMaps = new EndedMaps();
  readonly #waiting: LiveJob[] = [];
  readonly #limits: JobLimits = {
    connections: new Budget(CONNECTIONS_PER_HOST),
    copies: new Budget(COPIES_PER_STORAGE),
    allCopies: new Budget(COPIES_IN_ALL),
  };
  #total: number | undefined;
  #running = 0;
  #ticker: NodeJS.Timeout | undefined;

  private constructor(folder: string, runJob: RunJob) {
    super();
    this.#folder = folder;
    this.#logs = new JobLogs(folder);
    this.#earlier = new EarlierJobs(folder, {
      changed: (job) => this.emit('changed', structuredClone(job)),
      removed: (jobId) => this.emit('removed', jobId),
    });
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
    return { queue, ...(await queue.#earlier.load()) };
  }

  /** NBD connections by host uuid, for whatever else reads from a pool. */
  get connections(): Budget {
    return this.#limits.connections;
  }

  /** All jobs, oldest first. */
  list(): Job[] {
    const jobs = [...this.#earlier.list(), ...[...this.#live.values()].map(({ job }) => job)];
    return jobs.map((job) => structuredClone(job)).sort((a, b) => a.createdAt.localeCompare(b.createdAt));
  }

  #job(jobId: string): Job | undefined {
    return this.#live.get(jobId)?.job ?? this.#earlier.get(jobId);
  }

  /** Jobs of this process that have not ended: they do when it ends. */
  running(): Job[] {
    return [...this.#live.values()]
      .filter(({ job }) => !isOver(job.state))
      .map(({ job }) => structuredClone(job));
  }

  /** Puts a plan that may start into the queue. Fails with `preflight-refused` or `journal-not-written`. */
  start(plan: ExportPlan): Result<Job> {
    if (!plan.canStart) return err(refusal(plan));
    const id = randomUUID();
    const live = this.#hold(id, () => ok(LiveJob.start(id, plan, this.#partsOf(id))));
    return live.ok ? ok(structuredClone(live.value.job)) : live;
  }

  /** Makes a job and puts it into the queue, unless another process holds it. */
  #hold(jobId: string, make: () => Result<LiveJob>): Result<LiveJob> {
    let lock: JobLock | undefined;
    let live: Result<LiveJob>;
    try {
      lock = JobLock.take(this.#folder, jobId);
      live = lock ? make() : err(JobLock.refusal(this.#folder, jobId));
    } catch (error) {
      live = err(toFailure(error));
    }
    if (live.ok && lock) this.#enqueue(live.value, lock);
    else lock?.release(); // why the job cannot be had is told, not what else goes wrong then
    return live;
  }

  /** A running job cleans up and ends; an interrupted one does so as well, for which its pool must be reachable. */
  cancel(jobId: string): Result<void> {
    const live = this.#live.get(jobId);
    if (!live || live.job.state === 'interrupted') return this.#goOn(jobId, (resumed) => resumed.cancel());
    live.cancel();
    return ok(undefined);
  }

  /** What a job of this process did with the blocks of a disk so far. */
  map(jobId: string, diskUuid: string): JobMap | undefined {
    return this.#live.get(jobId)?.map(diskUuid);
  }

  pause(jobId: string): void {
    this.#live.get(jobId)?.pause();
  }

  /**
   * Ends a pause, or goes on with an interrupted job from where it was. Fails with `job-not-found`, `job-over`,
   * `job-runs-elsewhere`, `job-on-other-machine` or `journal-not-written`.
   */
  resume(jobId: string): Result<void> {
    const live = this.#live.get(jobId);
    if (!live || live.job.state === 'interrupted') return this.#goOn(jobId, () => undefined);
    live.resume();
    return ok(undefined);
  }

  /** Notes when an interrupted job of this process will be resumed; false where it must not be. */
  goesOnAt(jobId: string, at: Date): boolean {
    return this.#live.get(jobId)?.goesOnAt(at) ?? false;
  }

  /** @param prepare called before the job starts. */
  #goOn(jobId: string, prepare: (live: LiveJob) => void): Result<void> {
    this.#earlier.look(jobId);
    const live = this.#hold(jobId, () => {
      // Read anew: another process may have gone on with it meanwhile.
      const entries = readJournal(this.#folder, jobId)?.entries;
      const state = entries && jobFromJournal(entries)?.state;
      if (!entries || state !== 'interrupted') return err(state ? alreadyOver : notFound);
      const resumed = LiveJob.resume(entries, this.#partsOf(jobId));
      this.#earlier.forget(jobId);
      prepare(resumed);
      return ok(resumed);
    });
    return live.ok ? ok(undefined) : live;
  }

  #partsOf(jobId: string): LiveJobParts {
    return {
      journal: Journal.open(this.#folder, jobId),
      entries: () => readJournal(this.#folder, jobId)?.entries,
      files: new JobFiles(this.#folder, jobId),
      endedMaps: this.#endedMaps,
      events: {
        changed: () => this.#tell(jobId),
        copies: () => this.#shareTotal(),
        logged: (entry) => {
          const lost = this.#logs.add(entry);
          this.emit('log', entry);
          if (lost)
            this.emit('log', { ...entry, level: 'warn', text: `The log is not kept: ${lost.message}` });
        },
      },
    };
  }

  #tell(jobId: string): void {
    const live = this.#live.get(jobId);
    // Before anybody hears of it: who hears may want to go on with the job at once.
    if (live && isOver(live.job.state)) this.#unlock(live);
    if (live) this.emit('changed', structuredClone(live.job));
  }

  /** Nothing of the job waits for a lock that cannot be removed. */
  #unlock(live: LiveJob): void {
    const lock = this.#locks.get(live);
    this.#locks.delete(live);
    const remains = lock?.release();
    if (remains) live.log('warn', `${remains.message} ${remains.nextStep} (${remains.details})`);
  }

  #enqueue(live: LiveJob, lock: JobLock): void {
    this.#live.set(live.job.id, live);
    this.#locks.set(live, lock);
    this.#waiting.push(live);
    this.#tell(live.job.id);
    this.#startWaiting();
  }

  limit(jobId: string, bytesPerSecond: number | undefined): void {
    this.#live.get(jobId)?.limit(bytesPerSecond);
  }

  /** Bytes per second over all jobs of this process, shared by the copies that run; undefined lifts the limit. */
  limitAll(bytesPerSecond: number | undefined): void {
    this.#total = bytesPerSecond;
    this.#shareTotal();
  }

  #shareTotal(): void {
    const jobs = [...this.#live.values()];
    const copies = jobs.reduce((sum, { activeCopies }) => sum + activeCopies, 0);
    const share = this.#total === undefined ? undefined : this.#total / Math.max(1, copies);
    for (const job of jobs) job.cap(share);
  }

  /** Jobs of which nothing is left on a pool any more say so no longer. @throws FailureError `journal-not-written` */
  lookedAt(look: LookAtPool): void {
    for (const { id, leftBehind } of this.list()) {
      if (leftBehind?.poolUuid !== look.poolUuid || !settleLeftBehind(this.#folder, id, look)) continue;
      const job = this.#job(id);
      if (!job) continue;
      delete job.leftBehind;
      this.emit('changed', structuredClone(job));
    }
  }

  log(jobId: string): Promise<JobLogEntry[]> {
    return this.#logs.read(jobId);
  }

  /**
   * Forgets a job that has ended, with its journal and log. Exports stay. Does nothing for one that runs here; one that was
   * interrupted is cancelled first, so that nothing of it is left. Fails as `resume` does for one that another process runs.
   */
  async remove(jobId: string): Promise<Result<void>> {
    if (this.#earlier.look(jobId)) return err(JobLock.refusal(this.#folder, jobId));
    const state = this.#job(jobId)?.state;
    if (state === 'interrupted') {
      const cancelled = this.cancel(jobId);
      if (!cancelled.ok) return cancelled;
      const { state: now, failure } = await this.ended(jobId);
      if (!hasEnded(now)) return err(failure ?? runsElsewhere);
    } else if (state === undefined || !hasEnded(state)) return ok(undefined);
    this.#live.delete(jobId);
    this.#earlier.forget(jobId);
    this.#endedMaps.forget(jobId);
    await removeJournal(this.#folder, jobId);
    await this.#logs.remove(jobId);
    this.emit('removed', jobId);
    return ok(undefined);
  }

  /** Resolves with the job once nothing of it runs any more: it has ended or was interrupted. */
  ended(jobId: string): Promise<Job> {
    return new Promise((resolve) => {
      const look = (job: Job): void => {
        if (job.id !== jobId || !isOver(job.state)) return;
        this.off('changed', look);
        resolve(job);
      };
      this.on('changed', look);
      const job = this.#job(jobId);
      if (job) look(structuredClone(job));
    });
  }

  /** Cancels everything and waits until pool and disk are clean. */
  async close(): Promise<void> {
    const running = [...this.#live.values()].filter(({ job }) => !isOver(job.state));
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
        this.#unlock(next);
        this.#startWaiting();
      });
    }
    this.#tick();
  }

  /** Tells progress while anything runs, and rests otherwise. */
  #tick(): void {
    if (this.#running > 0) this.#ticker ??= setInterval(() => this.#tellProgress(), TELL_EVERY_MS);
    else {
      this.#tellProgress();
      clearInterval(this.#ticker);
      this.#ticker = undefined;
    }
  }

  #tellProgress(): void {
    for (const live of this.#live.values()) {
      if (live.refresh()) this.emit('changed', structuredClone(live.job));
      for (const change of live.mapNews()) this.emit('map', change);
    }
  }
}
