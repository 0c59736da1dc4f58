import { JobLock } from './job-lock';
import { hasEnded, jobFromJournal } from './job-state';
import { namesIn, readJournal } from './journal';
import { RESTORED_DISKS, restoredDisks } from './restored-disks';

/** Ids of what jobs and restores the programs that share a folder are, or were, at. */
export interface JobsInUse {
  /** What they made on a pool is in use, or will be once they go on. */
  readonly active: ReadonlySet<string>;
  /** All that have left a trace in the folder; others may run on another computer. */
  readonly known: ReadonlySet<string>;
  /** Uuids of disks that were restored well: whatever marks they carry, they are whole. */
  readonly restored: ReadonlySet<string>;
}

export interface JobsInUseOptions {
  /** Interrupted jobs count as over: they are not meant to go on. */
  readonly withoutInterrupted?: boolean;
  /** Jobs that are known to have ended, which they do once: their journals are not read again. */
  readonly ended?: ReadonlySet<string>;
}

/**
 * Reads the folder afresh: another process may have begun or ended something since. A job is active while a living
 * process holds it, and while its journal does not say that it has ended. Changes nothing in the folder.
 */
export async function jobsInUse(
  folder: string,
  { withoutInterrupted = false, ended }: JobsInUseOptions = {},
): Promise<JobsInUse> {
  const names = (await namesIn(folder)).filter((name) => name !== RESTORED_DISKS);
  const known = new Set(names.map((name) => name.split('.', 1)[0]));
  const active = [...known].filter((id) => {
    if (JobLock.isHeld(folder, id)) return true;
    if (withoutInterrupted || ended?.has(id)) return false;
    const journal = readJournal(folder, id);
    const job = journal && jobFromJournal(journal.entries);
    return job !== undefined && !hasEnded(job.state);
  });
  // After the locks: a restore notes its disk before it gives its lock back.
  return { active: new Set(active), known, restored: await restoredDisks(folder) };
}
