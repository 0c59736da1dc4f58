import { z } from 'zod';
import { largerThanAny, MOST_DISK_BYTES } from '../blocks/disk-size';
import { diskUseSchema } from './disk-use';
import { exportModeSchema, imageFormatSchema } from './export-plan';

/** Version of the manifest format; raised when an older reader would misread a newer file. */
export const MANIFEST_VERSION = 1;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** A file name inside the export's folder: no separators, so that a manifest never points elsewhere. */
const fileName = z.string().regex(/^(?!\.{1,2}$)[^/\\\0]{1,255}$/);

/** The `*.json` beside an exported image: all that is needed to verify, chain and restore it. See docs/formats.md. */
export const manifestSchema = z.object({
  deltascope: z.literal(MANIFEST_VERSION),
  /** Uuid of this export. */
  id: z.uuid(),
  createdAt: z.string(),
  tool: z.object({ name: z.literal('deltascope'), version: z.string() }),
  pool: z.object({ uuid: z.string(), name: z.string() }),
  vm: z.object({ uuid: z.string(), name: z.string() }).optional(),
  disk: z.object({ uuid: z.string(), name: z.string(), storage: z.string(), device: z.string().optional() }),
  snapshot: z.object({
    uuid: z.string(),
    takenAt: z.string(),
    /** The pool’s name of what it holds; another one once it was attached for writing. */
    contentId: z.string().optional(),
  }),
  /** Just before the snapshot was taken: tells later whether changed block tracking can be relied on since. */
  use: diskUseSchema.optional(),
  sizeBytes: z
    .number()
    .int()
    .nonnegative()
    .max(MOST_DISK_BYTES, { error: ({ input }) => largerThanAny(input as number) }),
  mode: exportModeSchema,
  reason: z.string(),
  image: z.object({
    file: fileName,
    format: imageFormatSchema,
    fileBytes: z.number().int().nonnegative(),
    /** VHD footer uuid. */
    uuid: z.string().optional(),
  }),
  /** Present for an increment. The parent lies in the same folder. */
  parent: z
    .object({
      manifestFile: fileName,
      id: z.uuid(),
      snapshotUuid: z.string(),
      imageFile: fileName,
      /** The parent's `checksums.sha256` at the time: tells a stale or replaced parent. */
      sha256: sha256.optional(),
    })
    .optional(),
  bytes: z.object({
    /** Marked changed by CBT (increment), or the disk's size (full). */
    changed: z.number().int().nonnegative(),
    read: z.number().int().nonnegative(),
    written: z.number().int().nonnegative(),
    zero: z.number().int().nonnegative(),
    /** Marked changed but equal to the base, left out. */
    equal: z.number().int().nonnegative(),
  }),
  /**
   * Increments: whether changed blocks were compared with the base, so that `bytes.equal` tells touched from truly
   * different even where it is 0. Absent: not known, unless some were equal.
   */
  compared: z.boolean().optional(),
  checksums: z.object({
    /** File beside the image with one checksum per stored 64 KiB block; format in docs/formats.md. */
    file: fileName,
    algorithm: z.literal('xxh64'),
    blockBytes: z.literal(65_536),
    /** SHA-256 over the list of (block, checksum) pairs of this image, ascending. */
    sha256,
  }),
  timings: z.object({ startedAt: z.string(), endedAt: z.string(), copySeconds: z.number() }),
});
export type Manifest = z.infer<typeof manifestSchema>;
