import type { DiskPlan, ExportPlan } from '../../../shared/model/export-plan';
import type { Failure } from '../../../shared/model/failure';
import type {
  CopyProgress,
  Job,
  JobDisk,
  JobPhase,
  JobPhaseName,
  JobState,
  LeftBehind,
} from '../../../shared/model/job';
import type { JournalEntry } from './journal-entry';

const PHASES: readonly JobPhaseName[] = [
  'snapshot',
  'list-changes',
  'connect',
  'copy',
  'flush',
  'verify',
  'clean-up',
];

export function newJob(id: string, plan: ExportPlan, now: string): Job {
  return {
    id,
    title: titleOf(plan),
    request: plan.request,
    state: 'queued',
    createdAt: now,
    disks: plan.disks.map(newDisk),
  };
}

function titleOf({ disks }: ExportPlan): string {
  const [first] = disks;
  if (!first) return 'Export';
  return disks.length === 1
    ? `Export of ${first.diskName}`
    : `Export of ${disks.length} disks (${first.diskName}, …)`;
}

const newDisk = ({ diskUuid, diskName, mode, reason }: DiskPlan): JobDisk => ({
  diskUuid,
  diskName,
  mode,
  reason,
  phases: newPhases(),
});

const newPhases = (): JobPhase[] => PHASES.map((name) => ({ name, state: 'waiting' }));

const ENDED: readonly JobState[] = ['done', 'failed', 'cancelled'];
export const hasEnded = (state: JobState): boolean => ENDED.includes(state);
/** Nothing runs any more: it has ended, or waits to be resumed. */
export const isOver = (state: JobState): boolean => hasEnded(state) || state === 'interrupted';

export function setState(job: Job, state: JobState, at: string, failure?: Failure): void {
  job.state = state;
  delete job.goesOnAt;
  if (state === 'running') job.startedAt ??= at;
  if (isOver(state)) job.endedAt = at;
  else delete job.endedAt;
  if (failure) job.failure = failure;
  else delete job.failure;
}

/** Bytes per second; undefined lifts the limit. */
export function setLimit(job: Job, limitBytesPerSecond: number | undefined): void {
  const request = { ...job.request };
  delete request.limitBytesPerSecond;
  job.request = limitBytesPerSecond === undefined ? request : { ...request, limitBytesPerSecond };
}

export function setPhase(
  job: Job,
  diskUuid: string,
  name: JobPhaseName,
  state: JobPhase['state'],
  at: string,
  note?: string,
): void {
  const phase = job.disks.find((disk) => disk.diskUuid === diskUuid)?.phases.find((one) => one.name === name);
  if (!phase) return;
  phase.state = state;
  if (state === 'running') phase.startedAt ??= at;
  else phase.endedAt = at;
  if (note === undefined) delete phase.note;
  else phase.note = note;
}

/** Phases that were under way when a disk failed. */
export function failRunningPhases(job: Job, diskUuid: string, at: string): void {
  for (const { name, state } of job.disks.find((disk) => disk.diskUuid === diskUuid)?.phases ?? [])
    if (state === 'running') setPhase(job, diskUuid, name, 'failed', at);
}

export function setOutcome(
  job: Job,
  diskUuid: string,
  outcome: { manifestPath?: string | undefined; failure?: Failure | undefined },
): void {
  const disk = job.disks.find((one) => one.diskUuid === diskUuid);
  if (!disk) return;
  disk.outcome = {
    diskUuid,
    diskName: disk.diskName,
    ...(outcome.manifestPath === undefined ? {} : { manifestPath: outcome.manifestPath }),
    ...(outcome.failure === undefined ? {} : { failure: outcome.failure }),
  };
}

/** The first reason stands. */
export function setLeftBehind(job: Job, { poolUuid, failure }: LeftBehind): void {
  job.leftBehind ??= { poolUuid, failure };
}

function setProgress(job: Job, diskUuid: string, progress: CopyProgress | undefined): void {
  const disk = job.disks.find((one) => one.diskUuid === diskUuid);
  if (disk && progress) disk.progress = progress;
}

/** Disks that have not come to their end begin their phases anew, and the clean-up is tried again. @param entries what the journal holds so far. */
export function startAgain(job: Job, entries: readonly JournalEntry[]): void {
  const ended = new Set<string>();
  for (const entry of entries)
    if (entry.type === 'outcome') ended[entry.interrupted ? 'delete' : 'add'](entry.diskUuid);
  delete job.leftBehind;
  for (const disk of job.disks) {
    if (ended.has(disk.diskUuid)) continue;
    delete disk.outcome;
    delete disk.progress;
    disk.phases = newPhases();
  }
}

const programEnded: Failure = {
  code: 'program-ended',
  message: 'Deltascope ended while this job ran.',
  nextStep:
    'Connect to its pool and resume it: it goes on from what was written. Cancel it to remove what it left on the pool and on disk.',
};

/**
 * The job as its journal tells it. What was under way when the journal ended becomes `interrupted`, unless another
 * process is at it.
 */
export function jobFromJournal(entries: readonly JournalEntry[], runsElsewhere = false): Job | undefined {
  const [first, ...rest] = entries;
  if (first?.type !== 'job') return undefined;
  const job = structuredClone(first.job);
  for (const [at, entry] of rest.entries()) {
    if (entry.type === 'state') setState(job, entry.state, entry.at, entry.failure);
    if (entry.type === 'limit') setLimit(job, entry.bytesPerSecond);
    if (entry.type === 'phase') setPhase(job, entry.diskUuid, entry.phase, entry.state, entry.at);
    if (entry.type === 'outcome') {
      setOutcome(job, entry.diskUuid, entry);
      setProgress(job, entry.diskUuid, entry.progress);
    }
    if (entry.type === 'left-behind') setLeftBehind(job, entry);
    if (entry.type === 'cleaned') delete job.leftBehind;
    if (entry.type === 'resumed') startAgain(job, rest.slice(0, at));
  }
  if (!isOver(job.state) && !runsElsewhere) {
    job.state = 'interrupted';
    job.failure = programEnded;
  }
  return job;
}
