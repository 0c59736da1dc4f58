import type { ExportPlan } from '../../../shared/model/export-plan';
import { toFailure, type Failure } from '../../../shared/model/failure';
import type { Job, JobLogEntry, JobState } from '../../../shared/model/job';
import type { Result } from '../../../shared/model/result';
import type { RunningCopy } from '../export/copy/worker-client';
import type { JobContext, JobLimits, JobReport, RunJob } from './job-context';
import { failRunningPhases, hasEnded, newJob, setOutcome, setPhase, setState } from './job-state';
import type { Journal, NewEntry } from './journal';

export interface LiveJobEvents {
  readonly changed: () => void;
  readonly logged: (entry: JobLogEntry) => void;
}

/** A job of this process: its state, its running copies, and what may be done to it while it runs. */
export class LiveJob {
  readonly job: Job;
  readonly #plan: ExportPlan;
  readonly #journal: Journal;
  readonly #events: LiveJobEvents;
  readonly #cancel = new AbortController();
  readonly #copies = new Map<string, RunningCopy>();
  #limit: number | undefined;
  #paused = false;

  constructor(id: string, plan: ExportPlan, journal: Journal, events: LiveJobEvents) {
    this.#plan = plan;
    this.#journal = journal;
    this.#events = events;
    this.#limit = plan.request.limitBytesPerSecond;
    this.job = newJob(id, plan, new Date().toISOString());
    this.#write({ type: 'job', version: 1, job: this.job, plan });
  }

  /** Settles when the job has ended, whatever became of it. */
  async run(runJob: RunJob, limits: JobLimits): Promise<void> {
    if (!this.#cancel.signal.aborted) {
      this.#state(this.#paused ? 'paused' : 'running');
      let result: Result<void>;
      try {
        result = await runJob(this.#context(limits));
      } catch (error) {
        result = { ok: false, failure: toFailure(error) };
      }
      this.#end(result);
    }
    this.#journal.close();
  }

  cancel(): void {
    if (hasEnded(this.job.state)) return;
    const waiting = this.job.state === 'queued';
    this.#cancel.abort();
    for (const copy of this.#copies.values()) copy.cancel();
    if (waiting) this.#state('cancelled');
    else this.log('info', 'Cancelling: the pool and the disk are being cleaned.');
  }

  pause(): void {
    if (hasEnded(this.job.state) || this.#paused) return;
    this.#paused = true;
    for (const copy of this.#copies.values()) copy.pause();
    if (this.job.state === 'running') this.#state('paused');
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    for (const copy of this.#copies.values()) copy.resume();
    if (this.job.state === 'paused') this.#state('running');
  }

  /** Bytes per second for the whole job; undefined lifts the limit. */
  limit(bytesPerSecond: number | undefined): void {
    this.#limit = bytesPerSecond;
    this.#shareLimit();
  }

  /** Takes the counters of the running copies into the job. True when there is anything new to see. */
  refresh(): boolean {
    for (const [diskUuid, copy] of this.#copies) this.#count(diskUuid, copy);
    return this.#copies.size > 0;
  }

  log(level: JobLogEntry['level'], text: string): void {
    this.#events.logged({ jobId: this.job.id, at: new Date().toISOString(), level, text });
  }

  #context(limits: JobLimits): JobContext {
    return {
      jobId: this.job.id,
      plan: this.#plan,
      signal: this.#cancel.signal,
      journal: (entry) => this.#write(entry),
      limits,
      report: this.#report(),
    };
  }

  #report(): JobReport {
    return {
      phase: (diskUuid, name, state, note) => {
        const { job } = this;
        const before = job.disks
          .find((disk) => disk.diskUuid === diskUuid)
          ?.phases.find((one) => one.name === name);
        const changed = before?.state !== state;
        setPhase(job, diskUuid, name, state, new Date().toISOString(), note);
        if (changed) this.#write({ type: 'phase', diskUuid, phase: name, state });
        this.#events.changed();
      },
      copying: (diskUuid, copy) => this.#follow(diskUuid, copy),
      outcome: (diskUuid, outcome) => {
        setOutcome(this.job, diskUuid, outcome);
        if ('failure' in outcome) failRunningPhases(this.job, diskUuid, new Date().toISOString());
        this.#write({ type: 'outcome', diskUuid, ...outcome });
        this.#events.changed();
      },
      log: (level, text) => this.log(level, text),
    };
  }

  #follow(diskUuid: string, copy: RunningCopy): void {
    this.#copies.set(diskUuid, copy);
    if (this.#paused) copy.pause();
    if (this.#cancel.signal.aborted) copy.cancel();
    this.#shareLimit();
    void copy.done.then(() => {
      this.#count(diskUuid, copy);
      this.#copies.delete(diskUuid);
      this.#shareLimit();
    });
  }

  #shareLimit(): void {
    const share = this.#limit === undefined ? undefined : this.#limit / Math.max(1, this.#copies.size);
    for (const copy of this.#copies.values()) copy.limit(share);
  }

  #count(diskUuid: string, copy: RunningCopy): void {
    const disk = this.job.disks.find((one) => one.diskUuid === diskUuid);
    if (disk) disk.progress = copy.counters.snapshot();
  }

  #end(result: Result<void>): void {
    if (this.#cancel.signal.aborted) {
      this.#state('cancelled');
      return;
    }
    if (!result.ok) {
      this.#state('failed', result.failure);
      return;
    }
    const failed = this.job.disks.find((disk) => disk.outcome?.failure);
    this.#state(failed ? 'failed' : 'done', failed?.outcome?.failure);
  }

  #state(state: JobState, failure?: Failure): void {
    setState(this.job, state, new Date().toISOString(), failure);
    this.#write({ type: 'state', state, ...(failure ? { failure } : {}) });
    if (failure) this.log('error', failure.message);
    this.#events.changed();
  }

  #write(entry: NewEntry): void {
    this.#journal.write(entry);
  }
}
