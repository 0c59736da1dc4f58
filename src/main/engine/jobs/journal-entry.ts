import { z } from 'zod';
import { exportPlanSchema } from '../../../shared/model/export-plan';
import { failureSchema } from '../../../shared/model/failure-schema';
import { jobPhaseNameSchema, jobSchema, jobStateSchema } from '../../../shared/model/job';

export const JOURNAL_VERSION = 1;

const at = z.string();

/**
 * One line of a job's journal. What will exist outside of this process (a snapshot on the pool, a file) is written
 * down before it is made, so that a crash at any point leaves a trace of it.
 */
export const journalEntrySchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('job'),
    version: z.literal(JOURNAL_VERSION),
    at,
    job: jobSchema,
    plan: exportPlanSchema,
  }),
  z.object({ type: z.literal('state'), at, state: jobStateSchema, failure: failureSchema.optional() }),
  z.object({
    type: z.literal('phase'),
    at,
    diskUuid: z.string(),
    phase: jobPhaseNameSchema,
    state: z.enum(['running', 'done', 'failed', 'skipped']),
  }),
  /** About to be made on the pool; it carries the job's mark. */
  z.object({
    type: z.literal('creating'),
    at,
    vmUuid: z.string().optional(),
    diskUuids: z.array(z.string()),
  }),
  z.object({
    type: z.literal('created'),
    at,
    vmSnapshotUuid: z.string().optional(),
    snapshots: z.array(z.object({ diskUuid: z.string(), snapshotUuid: z.string() })),
  }),
  /** The snapshots got their final form: kept, purged or removed. */
  z.object({ type: z.literal('settled'), at, snapshotUuids: z.array(z.string()) }),
  /** About to be written, under their `.partial` names. */
  z.object({ type: z.literal('writing'), at, diskUuid: z.string(), files: z.array(z.string()) }),
  /** Everything of this disk below `offset` is durable in its `.partial` files. */
  z.object({ type: z.literal('checkpoint'), at, diskUuid: z.string(), offset: z.number().nonnegative() }),
  z.object({
    type: z.literal('outcome'),
    at,
    diskUuid: z.string(),
    manifestPath: z.string().optional(),
    failure: failureSchema.optional(),
  }),
]);
export type JournalEntry = z.infer<typeof journalEntrySchema>;
