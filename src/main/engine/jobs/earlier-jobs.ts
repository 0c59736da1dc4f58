import type { Job } from '../../../shared/model/job';
import { JobFiles } from './job-files';
import { JobLock } from './job-lock';
import { hasEnded, jobFromJournal } from './job-state';
import { loadJournals, readJournal, type LoadedJournal } from './journal';
import { showKeptProgress } from './kept-progress';

export interface EarlierJobsEvents {
  readonly changed: (job: Job) => void;
  readonly removed: (jobId: string) => void;
}

/** Jobs of earlier runs of the program and of other processes, as their journals tell them. */
export class EarlierJobs {
  readonly #jobs = new Map<string, Job>();
  /** Of them, those that another process is running. */
  readonly #elsewhere = new Set<string>();

  constructor(
    private readonly folder: string,
    private readonly events: EarlierJobsEvents,
  ) {}

  /** Reads all journals. @returns also those that were damaged and set aside. */
  async load(): Promise<{ interrupted: readonly LoadedJournal[]; setAside: readonly string[] }> {
    const { journals, setAside } = await loadJournals(this.folder);
    const interrupted: LoadedJournal[] = [];
    for (const journal of journals) {
      const isHeld = JobLock.isHeld(this.folder, journal.jobId);
      const job = jobFromJournal(journal.entries, isHeld);
      if (!job) continue;
      if (isHeld) this.#elsewhere.add(job.id);
      this.#keep(job);
      if (job.state === 'interrupted') interrupted.push(journal);
    }
    return { interrupted, setAside };
  }

  #keep(job: Job): void {
    if (!hasEnded(job.state)) showKeptProgress(job, new JobFiles(this.folder, job.id));
    this.#jobs.set(job.id, job);
  }

  list(): Job[] {
    for (const jobId of this.#elsewhere) this.look(jobId);
    return [...this.#jobs.values()];
  }

  get(jobId: string): Job | undefined {
    return this.#jobs.get(jobId);
  }

  forget(jobId: string): void {
    this.#jobs.delete(jobId);
  }

  /** What another process has made of its job meanwhile. True while it is still at it. */
  look(jobId: string): boolean {
    if (!this.#elsewhere.has(jobId)) return false;
    if (JobLock.isHeld(this.folder, jobId)) return true;
    this.#elsewhere.delete(jobId);
    const journal = readJournal(this.folder, jobId);
    const job = journal && jobFromJournal(journal.entries);
    if (job) {
      this.#keep(job);
      this.events.changed(job);
    } else if (this.#jobs.delete(jobId)) this.events.removed(jobId);
    return false;
  }
}
