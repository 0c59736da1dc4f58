import type { PackedBytes } from '../../../shared/blocks/packed-bytes';
import type { ExportPlan } from '../../../shared/model/export-plan';
import type { Failure } from '../../../shared/model/failure';
import type { JobPhaseName, LeftBehind } from '../../../shared/model/job';
import type { Result } from '../../../shared/model/result';
import type { BlockReport } from '../export/copy/block-progress';
import type { RunningCopy } from '../export/copy/worker-client';
import type { Budget } from './budget';
import type { JobFiles } from './job-files';
import type { NewEntry } from './journal';
import type { JournalEntry } from './journal-entry';

/** What all jobs of this process share. */
export interface JobLimits {
  /** NBD connections by host uuid. Source: xen-api ocaml/nbd/lib/consts.ml, connection_limit = 16 per host. */
  readonly connections: Budget;
  /** Copies under way by storage uuid. */
  readonly copies: Budget;
  /** Copies under way in all, whatever they read from: each has a thread and buffers of its own. */
  readonly allCopies: Budget;
}

/** What a job tells of itself while it runs. */
export interface JobReport {
  phase(
    diskUuid: string,
    name: JobPhaseName,
    state: 'running' | 'done' | 'failed' | 'skipped',
    note?: string,
  ): void;
  /** A copy has begun: it is counted, paused and slowed with the job. */
  copying(diskUuid: string, copy: RunningCopy): void;
  /** The blocks of a disk that will be read, each time its copy begins. */
  planned(diskUuid: string, sizeBytes: number, blocks: PackedBytes): void;
  blocks(diskUuid: string, report: BlockReport): void;
  /** With `interrupted`, the disk's files and snapshot are kept, and the job can be resumed. */
  outcome(diskUuid: string, outcome: DiskEnd): void;
  /** The job has ended with it unless it goes on. */
  leftBehind(left: LeftBehind): void;
  log(level: 'info' | 'warn' | 'error', text: string): void;
}

export type DiskEnd =
  { readonly manifestPath: string } | { readonly failure: Failure; readonly interrupted?: true };

export interface JobContext {
  readonly jobId: string;
  readonly plan: ExportPlan;
  /** Fires when the job is cancelled. */
  readonly signal: AbortSignal;
  /** What the journal held when the job was resumed; undefined for a new job. */
  readonly earlier: readonly JournalEntry[] | undefined;
  readonly files: JobFiles;
  /** Durable when it returns. */
  readonly journal: (entry: NewEntry) => void;
  readonly limits: JobLimits;
  readonly report: JobReport;
}

/** How a job as a whole ended; with `interrupted` it can be resumed. */
export type JobEnd =
  Result<void> | { readonly ok: false; readonly failure: Failure; readonly interrupted: true };

/** Carries out a job. Fails when the job as a whole failed; a single disk's failure is reported as its outcome. */
export type RunJob = (context: JobContext) => Promise<JobEnd>;
