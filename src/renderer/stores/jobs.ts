import { createStore } from 'zustand/vanilla';
import type { Job } from '../../shared/model/job';
import { sumProgress } from './job-progress';

/** One point of a job's course. Rates in bytes per second over the time since the point before. */
export interface RateSample {
  /** Seconds since 1970. */
  readonly at: number;
  readonly read: number;
  readonly written: number;
}

export interface JobsState {
  readonly loaded: boolean;
  /** Newest first. */
  readonly order: readonly string[];
  readonly jobs: ReadonlyMap<string, Job>;
  /** Appended in place; the entry in `jobs` is replaced whenever a sample is added. */
  readonly samples: ReadonlyMap<string, readonly RateSample[]>;
}

/** Seconds over which the present rate is averaged: data comes in bursts, most of all under a limit. */
const PRESENT = 5;

/** Bytes per second read of late; undefined before the first sample. */
export function presentRate(samples: readonly RateSample[] | undefined): number | undefined {
  const last = samples?.at(-1);
  if (samples === undefined || last === undefined) return undefined;
  let [sum, count] = [0, 0];
  for (let index = samples.length - 1; index >= 0; index--) {
    const sample = samples[index];
    if (last.at - sample.at >= PRESENT) break;
    sum += sample.read;
    count++;
  }
  return sum / count;
}

const MAX_SAMPLES = 3600;
const MIN_INTERVAL = 0.2;

export const isActive = ({ state }: Job): boolean =>
  state === 'queued' || state === 'running' || state === 'paused';

/** What is being exported now. */
export const activeJobIds = ({ jobs }: Pick<JobsState, 'jobs'>): Set<string> =>
  new Set([...jobs.values()].filter(isActive).map(({ id }) => id));

/** Jobs of this session and earlier ones, and how fast they went while the window watched. */
export function createJobsStore(now: () => number = () => Date.now() / 1000) {
  const store = createStore<JobsState>(() => ({
    loaded: false,
    order: [],
    jobs: new Map(),
    samples: new Map(),
  }));
  const last = new Map<string, { at: number; read: number; written: number; kept: number }>();

  const sample = (samples: Map<string, RateSample[]>, job: Job): void => {
    const { readBytes, writtenBytes, keptBytes } = sumProgress(job);
    const before = last.get(job.id);
    const at = now();
    if (before !== undefined && at - before.at < MIN_INTERVAL) return;
    last.set(job.id, { at, read: readBytes, written: writtenBytes, kept: keptBytes });
    if (before === undefined || job.state !== 'running') return;
    // What an earlier run had read is being proved on the target: that is no transfer.
    if (keptBytes !== before.kept) return;
    const seconds = at - before.at;
    const rate = (value: number, old: number): number => Math.max(0, value - old) / seconds;
    const list = samples.get(job.id) ?? [];
    list.push({ at, read: rate(readBytes, before.read), written: rate(writtenBytes, before.written) });
    if (list.length > MAX_SAMPLES) list.splice(0, list.length - MAX_SAMPLES);
    samples.set(job.id, list);
  };

  return Object.assign(store, {
    replace: (list: readonly Job[]) => {
      const newestFirst = [...list].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
      store.setState({
        loaded: true,
        order: newestFirst.map(({ id }) => id),
        jobs: new Map(newestFirst.map((job) => [job.id, job])),
      });
    },
    put: (job: Job) => {
      const { jobs, order, samples } = store.getState();
      const next = samples as Map<string, RateSample[]>;
      sample(next, job);
      store.setState({
        jobs: new Map(jobs).set(job.id, job),
        order: jobs.has(job.id) ? order : [job.id, ...order],
      });
    },
    remove: (id: string) => {
      const { jobs, order, samples } = store.getState();
      const rest = new Map(jobs);
      rest.delete(id);
      (samples as Map<string, RateSample[]>).delete(id);
      last.delete(id);
      store.setState({ jobs: rest, order: order.filter((other) => other !== id) });
    },
    byId: (id: string): Job | undefined => store.getState().jobs.get(id),
  });
}
export type JobsStore = ReturnType<typeof createJobsStore>;
