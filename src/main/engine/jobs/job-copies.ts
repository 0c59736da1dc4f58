import { isDeepStrictEqual } from 'node:util';
import type { Job } from '../../../shared/model/job';
import type { RunningCopy } from '../export/copy/worker-client';

/** The copies of a job that run now: counted, paused, slowed and cancelled together. */
export class JobCopies {
  readonly #running = new Map<string, RunningCopy>();
  #limit: number | undefined;
  #cap: number | undefined;
  #paused = false;
  #cancelled = false;

  /** @param changed another number of copies reads now. */
  constructor(
    private readonly job: Job,
    private readonly changed: () => void,
  ) {
    this.#limit = job.request.limitBytesPerSecond;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Copies that read now. */
  get active(): number {
    return this.#paused ? 0 : this.#running.size;
  }

  /** Until it has ended. */
  follow(diskUuid: string, copy: RunningCopy): void {
    this.#running.set(diskUuid, copy);
    if (this.#paused) copy.pause();
    if (this.#cancelled) copy.cancel();
    this.#shareLimit();
    this.changed();
    void copy.done.then(() => {
      this.#count(diskUuid, copy);
      this.#running.delete(diskUuid);
      this.#shareLimit();
      this.changed();
    });
  }

  /** Those that start later are cancelled as well. */
  cancel(): void {
    this.#cancelled = true;
    for (const copy of this.#running.values()) copy.cancel();
  }

  pause(): void {
    this.#paused = true;
    for (const copy of this.#running.values()) copy.pause();
    this.changed();
  }

  resume(): void {
    this.#paused = false;
    for (const copy of this.#running.values()) copy.resume();
    this.changed();
  }

  /** Bytes per second for all of them together; undefined lifts the limit. */
  limit(bytesPerSecond: number | undefined): void {
    this.#limit = bytesPerSecond;
    this.#shareLimit();
  }

  /** Bytes per second for each, whatever their own limit: the share of the limit over all jobs. */
  cap(bytesPerSecond: number | undefined): void {
    if (this.#cap === bytesPerSecond) return;
    this.#cap = bytesPerSecond;
    this.#shareLimit();
  }

  /** Takes their counters into the job. True when there is anything new to see. */
  refresh(): boolean {
    let news = false;
    for (const [diskUuid, copy] of this.#running) news = this.#count(diskUuid, copy) || news;
    // One that runs and gets nowhere is news as well: its rate has dropped.
    return news || this.active > 0;
  }

  #shareLimit(): void {
    const own = (this.#limit ?? Infinity) / Math.max(1, this.#running.size);
    const share = Math.min(own, this.#cap ?? Infinity);
    for (const copy of this.#running.values()) copy.limit(Number.isFinite(share) ? share : undefined);
  }

  /** Whether anything is new. */
  #count(diskUuid: string, copy: RunningCopy): boolean {
    const disk = this.job.disks.find((one) => one.diskUuid === diskUuid);
    if (!disk) return false;
    const progress = copy.counters.snapshot();
    if (isDeepStrictEqual(disk.progress, progress)) return false;
    disk.progress = progress;
    return true;
  }
}
