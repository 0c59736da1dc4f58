import type { Job, JobLogEntry } from '../../../shared/model/job';
import { sumProgress } from '../../stores/job-progress';

/** A job's report for machines: the job itself, its totals and its log. Bytes and ISO 8601 times throughout. */
export function jsonReport(job: Job, log: readonly JobLogEntry[]): string {
  const entries = log.map(({ at, level, text }) => ({ at, level, text }));
  return JSON.stringify(
    { report: 'deltascope-job', version: 1, job, totals: sumProgress(job), log: entries },
    null,
    2,
  );
}
