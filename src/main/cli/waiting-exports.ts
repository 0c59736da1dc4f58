import { JobLock } from '../engine/jobs/job-lock';
import { hasEnded, jobFromJournal } from '../engine/jobs/job-state';
import { readJournal } from '../engine/jobs/journal';

/** What is said of the exports from a pool, among these jobs, that nobody is at and that can go on; empty without any. */
export function waitingExports(folder: string, jobIds: Iterable<string>, poolId: string): string {
  const lines = [...jobIds].flatMap((id) => {
    if (JobLock.isHeld(folder, id)) return [];
    const journal = readJournal(folder, id);
    const job = journal && jobFromJournal(journal.entries);
    if (!job || hasEnded(job.state) || job.request.poolId !== poolId) return [];
    return [`  to ${job.request.targetFolder}: deltascope resume ${id}\n`];
  });
  if (lines.length === 0) return '';
  return `Not listed is what interrupted exports made, as they can go on (with --cancel all of it is removed):\n${lines.join('')}`;
}
