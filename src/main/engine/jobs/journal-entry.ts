import { z } from 'zod';
import { diskUseSchema } from '../../../shared/model/disk-use';
import { exportModeSchema, exportPlanSchema } from '../../../shared/model/export-plan';
import { failureSchema } from '../../../shared/model/failure-schema';
import {
  copyProgressSchema,
  jobPhaseNameSchema,
  jobSchema,
  jobStateSchema,
  leftBehindSchema,
} from '../../../shared/model/job';

export const JOURNAL_VERSION = 1;

const at = z.string();
/** In the disk's folder, and nowhere else. */
const fileName = z
  .string()
  .regex(/^[^/\\\0]+$/)
  .refine((name) => name !== '.' && name !== '..');

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
  /** Where the job runs. Never a password. */
  z.object({ type: z.literal('pool'), at, url: z.string(), user: z.string(), poolUuid: z.string() }),
  z.object({ type: z.literal('state'), at, state: jobStateSchema, failure: failureSchema.optional() }),
  /** Its rate was changed; absent: no limit any more. */
  z.object({ type: z.literal('limit'), at, bytesPerSecond: z.number().optional() }),
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
    diskUuids: z.array(z.string()).min(1),
    /** Of the VM snapshot: no other has it, so that it is found before it carries the mark. */
    name: z.string(),
  }),
  z.object({
    type: z.literal('created'),
    at,
    vmSnapshotUuid: z.string().optional(),
    snapshots: z.array(
      z.object({
        diskUuid: z.string(),
        snapshotUuid: z.string(),
        sizeBytes: z.number(),
        cbtEnabled: z.boolean(),
        contentId: z.string().optional(),
      }),
    ),
    extraSnapshotUuids: z.array(z.string()),
    /** By the disk's uuid: who could write to it just before. */
    uses: z.record(z.string(), diskUseSchema).optional(),
  }),
  /** The snapshots got their final form: kept, purged or removed. */
  z.object({ type: z.literal('settled'), at, snapshotUuids: z.array(z.string()) }),
  /** They did not get it: they are tried again when the job goes on, and are leftovers once it has ended. */
  leftBehindSchema.extend({ type: z.literal('left-behind'), at }),
  /** All that was left behind so far is gone, or is tried again. */
  z.object({ type: z.literal('cleaned'), at }),
  /** About to be made on the pool: the task that shows progress. */
  z.object({ type: z.literal('task'), at, name: z.string() }),
  /** Which blocks of the disk are read, and how that was found out. */
  z.object({
    type: z.literal('prepared'),
    at,
    diskUuid: z.string(),
    mode: exportModeSchema,
    reason: z.string(),
    increment: z.boolean(),
    /** SHA-256 of the kept list of blocks; absent: all of the disk, or whatever a stream brings. */
    blocksSha256: z.string().optional(),
  }),
  /** Its names are about to be taken, in the disk's target folder. */
  z.object({ type: z.literal('reserving'), at, diskUuid: z.string(), manifest: fileName, mark: z.uuid() }),
  /** About to be written, under their `.partial` names, in the disk's target folder. */
  z.object({
    type: z.literal('writing'),
    at,
    diskUuid: z.string(),
    names: z.object({ image: fileName, checksums: fileName, manifest: fileName }),
    uuid: z.string(),
    baseSha256: z.string().optional(),
  }),
  /** The files are complete and get their names. */
  z.object({ type: z.literal('publishing'), at, diskUuid: z.string() }),
  /** The job goes on after an interruption. */
  z.object({ type: z.literal('resumed'), at }),
  z.object({
    type: z.literal('outcome'),
    at,
    diskUuid: z.string(),
    manifestPath: z.string().optional(),
    failure: failureSchema.optional(),
    /** The disk can go on. */
    interrupted: z.literal(true).optional(),
    progress: copyProgressSchema.optional(),
  }),
]);
export type JournalEntry = z.infer<typeof journalEntrySchema>;
