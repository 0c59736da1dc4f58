import { z } from 'zod';
import { imageFormatSchema } from './export-plan';
import { failureSchema } from './failure-schema';
import { verifyReportSchema } from './library';

/** How much of the disk is compared with the snapshot on the pool. */
export const sourceBlocksSchema = z.enum(['samples', 'all']);
export type SourceBlocks = z.infer<typeof sourceBlocksSchema>;

const manifestPath = z.string().min(1);

export const verifyRequestSchema = z.object({
  kind: z.literal('verify'),
  manifestPath,
  /** Look at every image down to the full one. */
  chain: z.boolean(),
  /** Compare with the snapshot, too, which must still have its data. Implies `chain`. */
  source: z.object({ poolId: z.string(), blocks: sourceBlocksSchema }).optional(),
});

export const flattenRequestSchema = z.object({
  kind: z.literal('flatten'),
  manifestPath,
  /** Absolute path of the image to write; it must not exist. */
  to: z.string().min(1),
  format: imageFormatSchema,
});

export const restoreRequestSchema = z.object({
  kind: z.literal('restore'),
  manifestPath,
  poolId: z.string(),
  storageUuid: z.string(),
  /** Name of the new disk; absent: made of the old disk's name and the snapshot's time. */
  name: z.string().min(1).optional(),
  /** Read the new disk back and compare it with the export's checksums. */
  prove: z.boolean(),
});

export const serveRequestSchema = z.object({ kind: z.literal('serve'), manifestPath });

/** A range of a snapshot as a raw file: of no export, but as long, and followed in the same way. */
export const rangeRequestSchema = z.object({
  kind: z.literal('range'),
  poolId: z.string(),
  snapshotUuid: z.string(),
  /** For whoever sees it run. */
  diskName: z.string(),
  /** In bytes, whole sectors of 512 bytes. */
  offset: z.number().int().nonnegative().multipleOf(512),
  length: z.number().int().positive().multipleOf(512),
  /** Absolute path of the file to write; it must not exist. */
  to: z.string().min(1),
});

/** What the admin asks of an export, or of a range of a snapshot. */
export const libraryRequestSchema = z.discriminatedUnion('kind', [
  verifyRequestSchema,
  flattenRequestSchema,
  restoreRequestSchema,
  serveRequestSchema,
  rangeRequestSchema,
]);
export type LibraryRequest = z.infer<typeof libraryRequestSchema>;
export type LibraryRequestOf<K extends LibraryRequest['kind']> = Extract<LibraryRequest, { kind: K }>;

/** The export that it is about; undefined for a range of a snapshot. */
export const manifestOf = (request: LibraryRequest): string | undefined =>
  request.kind === 'range' ? undefined : request.manifestPath;

/** A disk that was restored. Nothing refers to it: the admin attaches it to a VM. */
export const restoredDiskSchema = z.object({
  diskUuid: z.string(),
  diskName: z.string(),
  storageName: z.string(),
  /** Of the exported disk. */
  sizeBytes: z.number(),
  /** Of the new disk, which the storage may have rounded up; the rest reads as zeros. */
  newSizeBytes: z.number(),
  /** How it was uploaded, and why so. */
  format: z.enum(['vhd', 'raw']),
  formatReason: z.string(),
  sentBytes: z.number(),
  /** Bytes read back from the new disk and found right; absent: it was not asked for. */
  provedBytes: z.number().optional(),
  /** It is whole, but may still look like an unfinished one: why, and what to do. */
  marksRemain: failureSchema.optional(),
  /** It is whole, but that could not be noted for the case that its marks come back: why, and what to do. */
  notNoted: failureSchema.optional(),
});
export type RestoredDisk = z.infer<typeof restoredDiskSchema>;

export const libraryResultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('verify'), report: verifyReportSchema }),
  z.object({
    kind: z.literal('flatten'),
    file: z.string(),
    format: imageFormatSchema,
    sizeBytes: z.number(),
    writtenBytes: z.number(),
    seconds: z.number(),
  }),
  z.object({ kind: z.literal('restore'), disk: restoredDiskSchema }),
  /** There from the moment on that the state is `serving`. */
  z.object({ kind: z.literal('serve'), uri: z.string() }),
  /** Every block was read back and matched its checksum. */
  z.object({ kind: z.literal('range'), file: z.string(), sizeBytes: z.number(), writtenBytes: z.number() }),
]);
export type LibraryResult = z.infer<typeof libraryResultSchema>;

export const libraryStepSchema = z.enum([
  'waiting',
  'checking',
  'comparing',
  'merging',
  'sending',
  'proving',
  'serving',
  'reading',
  'rereading',
]);
export type LibraryStep = z.infer<typeof libraryStepSchema>;

/**
 * Something long that is done with an export. A `verify` that finds faults is `done`: its report says `sound: false`.
 * `serving` lasts until it is stopped, which makes it `done`.
 */
export const libraryOperationSchema = z.object({
  id: z.string(),
  request: libraryRequestSchema,
  state: z.enum(['running', 'serving', 'done', 'failed', 'cancelled']),
  step: libraryStepSchema,
  /** Of the step; `totalBytes` is 0 where nobody can tell. Served: bytes that were read so far. */
  doneBytes: z.number(),
  totalBytes: z.number(),
  /** ISO 8601, UTC. */
  startedAt: z.string(),
  endedAt: z.string().optional(),
  failure: failureSchema.optional(),
  result: libraryResultSchema.optional(),
});
export type LibraryOperation = z.infer<typeof libraryOperationSchema>;
