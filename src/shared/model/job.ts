import { z } from 'zod';
import { failureSchema } from './failure-schema';
import { diskOutcomeSchema, exportModeSchema, exportRequestSchema } from './export-plan';

export const jobPhaseNameSchema = z.enum([
  'snapshot',
  'list-changes',
  'connect',
  'copy',
  'flush',
  'verify',
  'clean-up',
]);
export type JobPhaseName = z.infer<typeof jobPhaseNameSchema>;

export const jobStateSchema = z.enum([
  'queued',
  'running',
  'paused',
  'interrupted',
  'done',
  'failed',
  'cancelled',
]);
export type JobState = z.infer<typeof jobStateSchema>;

export const jobPhaseSchema = z.object({
  name: jobPhaseNameSchema,
  state: z.enum(['waiting', 'running', 'done', 'failed', 'skipped']),
  /** ISO 8601, UTC. */
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  /** A word about what it is doing or waiting for. */
  note: z.string().optional(),
});
export type JobPhase = z.infer<typeof jobPhaseSchema>;

/** Counters of one disk copy, all in bytes. `totalBytes` is known before the first byte is read. */
export const copyProgressSchema = z.object({
  totalBytes: z.number(),
  readBytes: z.number(),
  /** Of them, those that an earlier run had read: found on the target and proved, not transferred again. */
  keptBytes: z.number().optional(),
  writtenBytes: z.number(),
  /** Read and found zero: stored as a hole or a zero mark. */
  zeroBytes: z.number(),
  /** Read and found equal to the base: left out. */
  equalBytes: z.number(),
  retries: z.number(),
  connections: z.number(),
  /** Share of time in per cent that the copy waited for the source and for the target. */
  sourceWait: z.number(),
  targetWait: z.number(),
});
export type CopyProgress = z.infer<typeof copyProgressSchema>;

export const jobDiskSchema = z.object({
  diskUuid: z.string(),
  diskName: z.string(),
  mode: exportModeSchema,
  reason: z.string(),
  phases: z.array(jobPhaseSchema),
  progress: copyProgressSchema.optional(),
  outcome: diskOutcomeSchema.optional(),
});
export type JobDisk = z.infer<typeof jobDiskSchema>;

/** What a job made on the pool and could not remove or bring into its final form. */
export const leftBehindSchema = z.object({
  poolUuid: z.string(),
  /** Why, and what to do. */
  failure: failureSchema,
});
export type LeftBehind = z.infer<typeof leftBehindSchema>;

export const jobSchema = z.object({
  id: z.string(),
  title: z.string(),
  request: exportRequestSchema,
  state: jobStateSchema,
  createdAt: z.string(),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  disks: z.array(jobDiskSchema),
  failure: failureSchema.optional(),
  /** When an interrupted job goes on by itself. ISO 8601, UTC. */
  goesOnAt: z.string().optional(),
  /** Says nothing about its exports: the state does. Absent again once it is known to be gone. */
  leftBehind: leftBehindSchema.optional(),
});
export type Job = z.infer<typeof jobSchema>;

export const jobLogEntrySchema = z.object({
  jobId: z.string(),
  at: z.string(),
  level: z.enum(['info', 'warn', 'error']),
  text: z.string(),
});
export type JobLogEntry = z.infer<typeof jobLogEntrySchema>;
