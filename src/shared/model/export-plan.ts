import { z } from 'zod';
import { diskUseSchema } from './disk-use';
import { failureSchema } from './failure-schema';
import { findingSchema } from './finding';

export const imageFormatSchema = z.enum(['vhd', 'qcow2', 'raw']);
export const exportModeSchema = z.enum(['full', 'cbt', 'compare', 'stream']);
export type ExportMode = z.infer<typeof exportModeSchema>;
export const afterExportSchema = z.enum(['keep', 'purge', 'remove']);
/** What becomes of the snapshot after success: kept with its data, reduced to change metadata, or removed. */
export type AfterExport = z.infer<typeof afterExportSchema>;

/** What the admin asks for; one request may hold several disks, snapshotted together per VM. */
export const exportRequestSchema = z.object({
  poolId: z.string(),
  diskUuids: z.array(z.string()).min(1),
  /** Folder that gets one sub-folder per disk. Absolute path. */
  targetFolder: z.string().min(1),
  format: imageFormatSchema,
  mode: z.union([z.literal('auto'), exportModeSchema]),
  /** `auto`: the newest usable export in the target folder; else the path of a manifest. */
  base: z.string(),
  after: afterExportSchema,
  /** NBD connections per disk, 1 to 16. Undefined: chosen by the engine. */
  connections: z.number().int().min(1).max(16).optional(),
  /** Bytes per second for the whole job. Undefined: no limit. */
  limitBytesPerSecond: z.number().positive().optional(),
  /** Leave out changed blocks whose content equals the base's. */
  skipUnchanged: z.boolean().default(true),
});
export type ExportRequest = z.infer<typeof exportRequestSchema>;

/** What will be done with one disk, and why. */
export const diskPlanSchema = z.object({
  diskUuid: z.string(),
  diskName: z.string(),
  sizeBytes: z.number(),
  mode: exportModeSchema,
  /** Sentence for the admin: why this mode. Stored in the manifest. */
  reason: z.string(),
  /** Present for increments. */
  base: z
    .object({
      manifestPath: z.string(),
      snapshotUuid: z.string(),
      takenAt: z.string(),
      imagePath: z.string(),
      /** Of the base's manifest, as is the next. */
      use: diskUseSchema.optional(),
      contentId: z.string().optional(),
    })
    .optional(),
  /**
   * Bytes that will be read. For an increment it is exact once the snapshot exists; before that an estimate from the
   * newest existing snapshot, or undefined when nothing is known.
   */
  estimatedBytes: z.number().optional(),
  targetFolder: z.string(),
});
export type DiskPlan = z.infer<typeof diskPlanSchema>;

export const exportPlanSchema = z.object({
  request: exportRequestSchema,
  disks: z.array(diskPlanSchema),
  findings: z.array(findingSchema),
  /** True when no finding blocks; only then may the plan be started. */
  canStart: z.boolean(),
  targetFreeBytes: z.number().optional(),
  /** The same export as a command line. */
  commandLine: z.string(),
});
export type ExportPlan = z.infer<typeof exportPlanSchema>;

export const diskOutcomeSchema = z.object({
  diskUuid: z.string(),
  diskName: z.string(),
  manifestPath: z.string().optional(),
  failure: failureSchema.optional(),
});
