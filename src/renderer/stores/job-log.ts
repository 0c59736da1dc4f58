import { createStore } from 'zustand/vanilla';
import type { JobLogEntry } from '../../shared/model/job';

export interface JobLogState {
  /** Oldest first; the newest {@link MAX_ENTRIES}. */
  readonly entries: readonly JobLogEntry[];
}

const MAX_ENTRIES = 5000;

/** What the jobs said, over all of them. */
export function createJobLogStore() {
  const store = createStore<JobLogState>(() => ({ entries: [] }));
  return Object.assign(store, {
    append: (entry: JobLogEntry) =>
      store.setState(({ entries }) => ({ entries: [...entries.slice(1 - MAX_ENTRIES), entry] })),
    /** Puts a job's whole log in the place of what was heard of it. */
    load: (jobId: string, loaded: readonly JobLogEntry[]) =>
      store.setState(({ entries }) => ({
        entries: [...entries.filter((entry) => entry.jobId !== jobId), ...loaded]
          .sort((a, b) => a.at.localeCompare(b.at))
          .slice(-MAX_ENTRIES),
      })),
    clear: () => store.setState({ entries: [] }),
  });
}
export type JobLogStore = ReturnType<typeof createJobLogStore>;
