import { z } from 'zod';
import { failureSchema } from './failure-schema';
import { manifestSchema } from './manifest';

/** One export found in a folder. */
export const libraryEntrySchema = z.object({
  manifestPath: z.string(),
  manifest: manifestSchema,
  /** Something is wrong that needs no reading of data: a missing image, a missing parent. */
  failure: failureSchema.optional(),
});
export type LibraryEntry = z.infer<typeof libraryEntrySchema>;

/** All exports of one disk, oldest first. */
export const libraryDiskSchema = z.object({
  diskUuid: z.string(),
  diskName: z.string(),
  folder: z.string(),
  entries: z.array(libraryEntrySchema),
});
export type LibraryDisk = z.infer<typeof libraryDiskSchema>;

/** What lies in a folder of exports. */
export const libraryScanSchema = z.object({
  /** Sorted by name. */
  disks: z.array(libraryDiskSchema),
  /** Manifests that cannot be used and folders that cannot be read, and why. */
  problems: z.array(z.object({ path: z.string(), failure: failureSchema })),
  /** A folder that lies too deep to be looked into, if there is one. */
  tooDeep: z.string().optional(),
});
export type LibraryScan = z.infer<typeof libraryScanSchema>;
export type LibraryProblem = LibraryScan['problems'][number];

export const verifyFaultSchema = z.object({
  file: z.string(),
  /** Byte offset in the file, or on the disk when `on` says so. */
  offset: z.number().optional(),
  on: z.enum(['file', 'disk']).optional(),
  message: z.string(),
  nextStep: z.string(),
});
export type VerifyFault = z.infer<typeof verifyFaultSchema>;

export const verifyReportSchema = z.object({
  manifestPath: z.string(),
  /** Images looked at: one, or the whole chain newest first. */
  images: z.array(z.object({ file: z.string(), checkedBytes: z.number() })),
  /** With all of it that was asked for. */
  comparedWithSource: z.boolean(),
  /** Bytes of the disk that were compared with the source. */
  sourceBytes: z.number().optional(),
  /** The source could not be read to its end: why. It says nothing about the export. */
  notCompared: failureSchema.optional(),
  faults: z.array(verifyFaultSchema),
  sound: z.boolean(),
});
export type VerifyReport = z.infer<typeof verifyReportSchema>;
