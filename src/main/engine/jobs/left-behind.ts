import { JobLock } from './job-lock';
import { hasEnded, jobFromJournal } from './job-state';
import { Journal, readJournal } from './journal';

/** A look at a pool for what jobs left there. */
export interface LookAtPool {
  readonly poolUuid: string;
  /** Something of this job is there, or was not looked for. */
  readonly mayHold: (jobId: string) => boolean;
}

/**
 * A job that ended and left something on a pool says so no longer once nothing of it is there, whoever removed it.
 * Writes that down. @returns whether the job does not say so any more. @throws FailureError `journal-not-written`
 */
export function settleLeftBehind(folder: string, jobId: string, { poolUuid, mayHold }: LookAtPool): boolean {
  const journal = readJournal(folder, jobId);
  const job = journal && jobFromJournal(journal.entries);
  if (!job || !hasEnded(job.state)) return false;
  if (!job.leftBehind) return true;
  if (job.leftBehind.poolUuid !== poolUuid || mayHold(jobId)) return false;
  const lock = JobLock.take(folder, jobId);
  if (!lock) return false;
  try {
    // It may have been forgotten meanwhile: a journal of one line would be a damaged one.
    if (!readJournal(folder, jobId)) return true;
    const open = Journal.open(folder, jobId);
    try {
      open.write({ type: 'cleaned' });
    } finally {
      open.close();
    }
    return true;
  } finally {
    lock.release(); // a lock whose file stays holds no longer than this process
  }
}
