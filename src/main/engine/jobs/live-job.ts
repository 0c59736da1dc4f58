import { setMaxListeners } from 'node:events';
import type { ExportPlan } from '../../../shared/model/export-plan';
import { toFailure, type Failure } from '../../../shared/model/failure';
import type { JobMap, JobMapChange } from '../../../shared/model/job-map';
import type { Job, JobLogEntry, JobState } from '../../../shared/model/job';
import { attempt } from '../../../shared/model/result';
import type { JobContext, JobEnd, JobLimits, JobReport, RunJob } from './job-context';
import { JobCopies } from './job-copies';
import type { JobFiles } from './job-files';
import { DiskMap } from './disk-map';
import type { EndedMaps } from './ended-maps';
import { JOURNAL_NOT_WRITTEN } from './home-failures';
import { notExported } from './queue-failures';
import {
  failRunningPhases,
  isOver,
  jobFromJournal,
  newJob,
  setLeftBehind,
  setLimit,
  setOutcome,
  setPhase,
  setState,
  startAgain,
} from './job-state';
import type { Journal } from './journal';
import { JOURNAL_VERSION, type JournalEntry } from './journal-entry';
import { PatientJournal } from './patient-journal';

export interface LiveJobEvents {
  readonly changed: () => void;
  /** Another number of its copies reads now. */
  readonly copies: () => void;
  readonly logged: (entry: JobLogEntry) => void;
}

export interface LiveJobParts {
  readonly journal: Journal;
  /** What the journal holds now; undefined when it cannot be read any more. */
  readonly entries: () => readonly JournalEntry[] | undefined;
  readonly files: JobFiles;
  readonly endedMaps: EndedMaps;
  readonly events: LiveJobEvents;
}

/** A job of this process: its state, its running copies, and what may be done to it while it runs. */
export class LiveJob {
  readonly job: Job;
  readonly #plan: ExportPlan;
  readonly #journal: PatientJournal;
  readonly #entries: LiveJobParts['entries'];
  readonly #files: JobFiles;
  readonly #events: LiveJobEvents;
  readonly #cancel = new AbortController();
  readonly #copies: JobCopies;
  readonly #maps = new Map<string, DiskMap>();
  readonly #endedMaps: EndedMaps;
  /** Of maps that ended before anybody asked for it. */
  #lastNews: JobMapChange[] = [];
  /** Why a disk of it has to wait to be resumed. */
  #interrupted: Failure | undefined;

  private constructor(
    job: Job,
    plan: ExportPlan,
    private readonly earlier: readonly JournalEntry[] | undefined,
    parts: LiveJobParts,
  ) {
    // Each of its disks listens.
    setMaxListeners(0, this.#cancel.signal);
    this.job = job;
    this.#plan = plan;
    this.#journal = new PatientJournal(parts.journal, ({ message }) => this.log('warn', message));
    this.#entries = parts.entries;
    this.#files = parts.files;
    this.#endedMaps = parts.endedMaps;
    this.#events = parts.events;
    this.#copies = new JobCopies(job, () => this.#events.copies());
  }

  /** @throws FailureError `journal-not-written` */
  static start(id: string, plan: ExportPlan, parts: LiveJobParts): LiveJob {
    const live = new LiveJob(newJob(id, plan, new Date().toISOString()), plan, undefined, parts);
    try {
      live.#journal.write({ type: 'job', version: JOURNAL_VERSION, job: live.job, plan });
    } catch (error) {
      parts.journal.discard();
      throw error;
    }
    return live;
  }

  /** Goes on with a job of an earlier run. @param entries its journal. @throws FailureError `journal-not-written` */
  static resume(entries: readonly JournalEntry[], parts: LiveJobParts): LiveJob {
    const [first] = entries;
    const job = jobFromJournal(entries);
    if (first?.type !== 'job' || !job) throw new TypeError('a journal begins with its job');
    const live = new LiveJob(job, first.plan, entries, parts);
    try {
      live.#journal.write({ type: 'resumed' });
    } catch (error) {
      parts.journal.close();
      throw error;
    }
    startAgain(job, entries);
    live.#state('queued');
    return live;
  }

  /** Settles when the job has ended, whatever became of it. */
  async run(runJob: RunJob, limits: JobLimits): Promise<void> {
    // A resumed job that was cancelled still has to clean what its earlier runs made.
    if (!this.#cancel.signal.aborted || this.earlier) {
      this.#state(this.#copies.paused ? 'paused' : 'running');
      const result = await this.#attempt(runJob, limits, this.earlier);
      await this.#end((await this.#cleanInterrupted(result, runJob, limits)) ?? result);
    }
    try {
      this.#journal.close();
    } catch (error) {
      // Each entry was durable when it was written.
      this.log('warn', `The journal could not be closed: ${(error as Error).message}`);
    }
  }

  async #attempt(runJob: RunJob, limits: JobLimits, earlier: LiveJob['earlier']): Promise<JobEnd> {
    try {
      return await runJob(this.#context(limits, earlier));
    } catch (error) {
      return { ok: false, failure: toFailure(error) };
    }
  }

  /** Disks that were interrupted before the job was cancelled are cleaned, as those of an earlier run would be. */
  async #cleanInterrupted(result: JobEnd, runJob: RunJob, limits: JobLimits): Promise<JobEnd | undefined> {
    if (!this.#cancel.signal.aborted || !this.#interrupted || 'interrupted' in result) return undefined;
    const entries = this.#journal.writeRest() ? undefined : this.#entries();
    if (!entries) return undefined;
    this.#interrupted = undefined;
    if (this.job.leftBehind) this.#journal.note({ type: 'cleaned' });
    delete this.job.leftBehind;
    return this.#attempt(runJob, limits, entries);
  }

  cancel(): void {
    if (isOver(this.job.state)) return;
    const waiting = this.job.state === 'queued';
    this.#cancel.abort();
    this.#copies.cancel();
    if (waiting && !this.earlier) this.#state('cancelled');
    else this.log('info', 'Cancelling: the pool and the disk are being cleaned.');
  }

  pause(): void {
    if (isOver(this.job.state) || this.#copies.paused) return;
    this.#copies.pause();
    if (this.job.state === 'running') this.#state('paused');
  }

  resume(): void {
    if (!this.#copies.paused) return;
    this.#copies.resume();
    if (this.job.state === 'paused') this.#state('running');
  }

  /** Bytes per second for the whole job, until it is over; undefined lifts the limit. */
  limit(bytesPerSecond: number | undefined): void {
    if (isOver(this.job.state)) return;
    this.#journal.note({ type: 'limit', ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }) });
    setLimit(this.job, bytesPerSecond);
    this.#copies.limit(bytesPerSecond);
    this.#events.changed();
  }

  /** It was interrupted, and will be resumed then; false for one that was cancelled: it must not copy again. */
  goesOnAt(at: Date): boolean {
    if (this.job.state !== 'interrupted' || this.#cancel.signal.aborted) return false;
    this.job.goesOnAt = at.toISOString();
    this.log('info', 'What interrupted it may pass: it will be tried again by itself.');
    this.#events.changed();
    return true;
  }

  /** Copies that read now. */
  get activeCopies(): number {
    return this.#copies.active;
  }

  /** Bytes per second that each of its copies may read at most; undefined lifts the cap. */
  cap(bytesPerSecond: number | undefined): void {
    this.#copies.cap(bytesPerSecond);
  }

  /** Takes the counters of the running copies into the job. True when there is anything new to see. */
  refresh(): boolean {
    return this.#copies.refresh();
  }

  /** What was done with the blocks of a disk so far; undefined before its copy begins. */
  map(diskUuid: string): JobMap | undefined {
    return this.#maps.get(diskUuid)?.snapshot() ?? this.#endedMaps.get(this.job.id, diskUuid);
  }

  /** What is new in the maps since the last call. */
  mapNews(): JobMapChange[] {
    const last = this.#lastNews;
    this.#lastNews = [];
    return [...last, ...[...this.#maps].flatMap(([diskUuid, map]) => this.#newsOf(diskUuid, map))];
  }

  #newsOf(diskUuid: string, map: DiskMap): JobMapChange[] {
    const news = map.takeNews();
    return news ? [{ jobId: this.job.id, diskUuid, incomplete: news.incomplete, runs: [...news.runs] }] : [];
  }

  /** Nothing happens to the disk any more: its map takes little room from now on. */
  #endMap(diskUuid: string): void {
    const map = this.#maps.get(diskUuid);
    if (!map) return;
    this.#lastNews.push(...this.#newsOf(diskUuid, map));
    this.#endedMaps.keep(this.job.id, diskUuid, map.parts());
    this.#maps.delete(diskUuid);
  }

  log(level: JobLogEntry['level'], text: string): void {
    this.#events.logged({ jobId: this.job.id, at: new Date().toISOString(), level, text });
  }

  #context(limits: JobLimits, earlier: readonly JournalEntry[] | undefined): JobContext {
    return {
      jobId: this.job.id,
      plan: this.#plan,
      signal: this.#cancel.signal,
      earlier,
      files: this.#files,
      journal: (entry) => this.#journal.write(entry),
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
        if (changed) this.#journal.note({ type: 'phase', diskUuid, phase: name, state });
        this.#events.changed();
      },
      copying: (diskUuid, copy) => this.#copies.follow(diskUuid, copy),
      planned: (diskUuid, sizeBytes, blocks) => {
        // A copy that goes on after its worker died keeps the map of what it did before.
        if (!this.#maps.has(diskUuid)) this.#maps.set(diskUuid, new DiskMap(sizeBytes, blocks));
      },
      blocks: (diskUuid, report) => this.#maps.get(diskUuid)?.apply(report),
      outcome: (diskUuid, outcome) => {
        setOutcome(this.job, diskUuid, outcome);
        this.#endMap(diskUuid);
        if ('failure' in outcome) failRunningPhases(this.job, diskUuid, new Date().toISOString());
        if ('interrupted' in outcome) this.#interrupted ??= outcome.failure;
        const progress = this.job.disks.find((disk) => disk.diskUuid === diskUuid)?.progress;
        this.#journal.note({ type: 'outcome', diskUuid, ...outcome, ...(progress ? { progress } : {}) });
        this.#events.changed();
      },
      leftBehind: (left) => {
        this.#journal.note({ type: 'left-behind', ...left });
        setLeftBehind(this.job, left);
        this.#events.changed();
      },
      log: (level, text) => this.log(level, text),
    };
  }

  async #end(result: JobEnd): Promise<void> {
    const unwritten = this.#journal.writeRest();
    const stopped = 'interrupted' in result || (!result.ok && result.failure.code === JOURNAL_NOT_WRITTEN);
    const interrupted = stopped ? result.failure : (this.#interrupted ?? unwritten);
    if (interrupted) {
      this.#state('interrupted', interrupted);
      return;
    }
    const removed = await attempt(() => this.#files.remove());
    if (!removed.ok) this.log('warn', `Files of the job itself may be left: ${removed.failure.message}`);
    if (this.#cancel.signal.aborted) {
      // The wish came when nothing was left to stop: the exports stand.
      const complete = this.job.disks.every(({ outcome }) => outcome?.manifestPath !== undefined);
      this.#over(complete ? 'done' : 'cancelled');
      return;
    }
    if (!result.ok) {
      this.#over('failed', result.failure);
      return;
    }
    const failed = this.job.disks.find((disk) => disk.outcome?.failure);
    const missing = this.job.disks.find(({ outcome }) => outcome?.manifestPath === undefined);
    const failure = failed?.outcome?.failure ?? (missing && notExported(missing));
    this.#over(failure ? 'failed' : 'done', failure);
  }

  /** An end that cannot be written down is none: it would be forgotten, and what is left with it. */
  #over(state: JobState, failure?: Failure): void {
    try {
      this.#journal.write({ type: 'state', state, ...(failure ? { failure } : {}) });
      this.#show(state, failure);
    } catch (error) {
      this.#show('interrupted', toFailure(error));
    }
  }

  #state(state: JobState, failure?: Failure): void {
    this.#journal.note({ type: 'state', state, ...(failure ? { failure } : {}) });
    this.#show(state, failure);
  }

  #show(state: JobState, failure?: Failure): void {
    setState(this.job, state, new Date().toISOString(), failure);
    if (failure) this.log('error', failure.message);
    this.#events.changed();
  }
}
