import type { PackedBytes } from '../../../shared/blocks/packed-bytes';
import type { CopyMapParts } from '../../../shared/blocks/copy-map';
import type { BlockRun, JobMap } from '../../../shared/model/job-map';

/** Enough for the last picture of dozens of disks, unless they changed in every place. */
const MOST_BYTES = 16 * 1024 * 1024;
/** About what one run takes in memory. */
const RUN_BYTES = 64;

interface Kept {
  readonly sizeBytes: number;
  readonly planned: PackedBytes;
  readonly done: PackedBytes;
  readonly runs: readonly BlockRun[];
  readonly bytes: number;
}

/** The last picture of disks whose copies ended in this process, as long as there is room; the oldest goes first. */
export class EndedMaps {
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  keep(jobId: string, diskUuid: string, { sizeBytes, planned, done, runs }: CopyMapParts): void {
    const key = keyOf(jobId, diskUuid);
    this.#drop(key);
    // All was done, as a rule.
    const all = done.equals(planned);
    const bytes = planned.size + (all ? 0 : done.size) + runs.length * RUN_BYTES;
    this.#kept.set(key, { sizeBytes, planned, done: all ? planned : done, runs, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= MOST_BYTES) break;
      this.#drop(oldest);
    }
  }

  get(jobId: string, diskUuid: string): JobMap | undefined {
    const kept = this.#kept.get(keyOf(jobId, diskUuid));
    if (!kept) return undefined;
    const { sizeBytes, planned, done, runs } = kept;
    return { sizeBytes, planned: planned.unpack(), done: done.unpack(), runs: [...runs] };
  }

  /** Of a job that is forgotten. */
  forget(jobId: string): void {
    for (const key of this.#kept.keys()) if (key.startsWith(keyOf(jobId, ''))) this.#drop(key);
  }

  #drop(key: string): void {
    this.#bytes -= this.#kept.get(key)?.bytes ?? 0;
    this.#kept.delete(key);
  }
}

const keyOf = (jobId: string, diskUuid: string): string => `${jobId}/${diskUuid}`;
