import type { CopyProgress, Job, JobDisk } from '../../shared/model/job';
import { formatRate } from '../platform/format';

/** Share of a limit from which on it is what slows a copy. */
const NEAR = 0.8;

const NONE: Required<CopyProgress> = {
  totalBytes: 0,
  readBytes: 0,
  keptBytes: 0,
  writtenBytes: 0,
  zeroBytes: 0,
  equalBytes: 0,
  retries: 0,
  connections: 0,
  sourceWait: 0,
  targetWait: 0,
};

/** All disks of a job as one. Waits are those of the disk that waits most. */
export function sumProgress(job: Job): Required<CopyProgress> {
  return job.disks.reduce<Required<CopyProgress>>((sum, { progress }) => {
    if (progress === undefined) return sum;
    return {
      totalBytes: sum.totalBytes + progress.totalBytes,
      readBytes: sum.readBytes + progress.readBytes,
      keptBytes: sum.keptBytes + (progress.keptBytes ?? 0),
      writtenBytes: sum.writtenBytes + progress.writtenBytes,
      zeroBytes: sum.zeroBytes + progress.zeroBytes,
      equalBytes: sum.equalBytes + progress.equalBytes,
      retries: sum.retries + progress.retries,
      connections: sum.connections + progress.connections,
      sourceWait: Math.max(sum.sourceWait, progress.sourceWait),
      targetWait: Math.max(sum.targetWait, progress.targetWait),
    };
  }, NONE);
}

/** Share that is done, 0 to 1; undefined while the total is not known. */
export function doneShare(job: Job): number | undefined {
  if (job.state === 'done') return 1;
  const { totalBytes, readBytes } = sumProgress(job);
  if (totalBytes > 0) return Math.min(1, readBytes / totalBytes);
  return job.disks.some(({ progress }) => progress !== undefined) ? 0 : undefined;
}

/** The phase a disk is in, or the last it reached. */
export function currentPhase({ phases }: JobDisk): JobDisk['phases'][number] | undefined {
  return (
    phases.find(({ state }) => state === 'running' || state === 'failed') ??
    [...phases].reverse().find(({ state }) => state === 'done')
  );
}

/** Bytes per second. */
export interface Pace {
  readonly rate: number;
  /** The lowest that applies. */
  readonly limit: number;
}

/** Seconds until a copy has read all, at the pace it goes or may go from now on; undefined while it reads nothing. */
export function secondsLeft(
  { totalBytes, readBytes }: CopyProgress,
  rate: number | undefined,
  limit = Infinity,
): number | undefined {
  // What was read at once when it began says nothing about the rest.
  const pace = Math.min(rate ?? 0, limit);
  return pace > 0 ? Math.max(0, totalBytes - readBytes) / pace : undefined;
}

/** Counters are kept as long as Deltascope runs: of a job that ended before, they are not known. */
export const hasCounters = (job: Job): boolean => job.disks.some(({ progress }) => progress !== undefined);

/** A word on what holds a copy back. Waits are shares of time in per cent. */
export function bottleneck({ sourceWait, targetWait }: CopyProgress, pace?: Pace): string {
  if (pace !== undefined && pace.rate > pace.limit * NEAR)
    return `The limit of ${formatRate(pace.limit)}: without it the copy would be faster.`;
  if (sourceWait < 10 && targetWait < 10)
    return 'Neither the pool nor the target holds it back: the copy itself does.';
  if (sourceWait >= targetWait * 2)
    return `The pool: the copy waits for its data ${Math.round(sourceWait)} % of the time.`;
  if (targetWait >= sourceWait * 2)
    return `The target: the copy waits for writes ${Math.round(targetWait)} % of the time.`;
  return `Pool and target alike: ${Math.round(sourceWait)} % and ${Math.round(targetWait)} % of the time are spent waiting.`;
}

/** Bytes per second that the newest finished export read at; undefined when none read enough to tell. */
export function measuredRate(jobs: Iterable<Job>): number | undefined {
  let newest: { readonly endedAt: string; readonly rate: number } | undefined;
  for (const job of jobs) {
    if (job.state !== 'done' || job.endedAt === undefined || job.endedAt <= (newest?.endedAt ?? '')) continue;
    const seconds = copySeconds(job);
    const { readBytes, keptBytes } = sumProgress(job);
    const transferred = readBytes - keptBytes;
    if (seconds > 0 && transferred > 0) newest = { endedAt: job.endedAt, rate: transferred / seconds };
  }
  return newest?.rate;
}

/** Time from the first copy's begin to the last one's end. */
function copySeconds({ disks }: Job): number {
  const copies = disks.flatMap(({ phases }) =>
    phases.filter(({ name, endedAt }) => name === 'copy' && endedAt),
  );
  const begin = Math.min(...copies.map(({ startedAt }) => Date.parse(startedAt ?? '')));
  const end = Math.max(...copies.map(({ endedAt }) => Date.parse(endedAt ?? '')));
  return copies.length === 0 || Number.isNaN(end - begin) ? 0 : (end - begin) / 1000;
}
