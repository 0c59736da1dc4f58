import { z } from 'zod';

/** A named range of a disk. Regions may lie inside each other: a volume in a partition, a journal in a volume. */
export const diskRegionSchema = z.object({
  /** Bytes from the start of the disk. */
  offset: z.number().int().nonnegative(),
  length: z.number().int().positive(),
  /**
   * `table`: partition table; `partition`; `whole-disk`: a file system without a partition table; `volume`: (a piece
   * of) a logical volume; `detail`: a part of a file system such as its journal; `free`: nothing uses it.
   */
  kind: z.enum(['table', 'partition', 'whole-disk', 'volume', 'detail', 'free']),
  /** "Partition 2", "vg0/root", "Journal". */
  name: z.string(),
  /** The file system's own label. */
  label: z.string().optional(),
  /** "ext4", "XFS", "NTFS", "LVM2 physical volume", … */
  fileSystem: z.string().optional(),
  uuid: z.string().optional(),
  /** What the file system says it uses, in bytes; may be older than the disk's content. */
  usedBytes: z.number().int().nonnegative().optional(),
  /** More about it, such as the partition type. */
  note: z.string().optional(),
});
export type DiskRegion = z.infer<typeof diskRegionSchema>;

/** What lies where on a disk, ascending by offset, outer regions before what they hold. */
export const diskLayoutSchema = z.object({
  scheme: z.enum(['gpt', 'mbr', 'none']),
  regions: z.array(diskRegionSchema),
  /** What contradicts itself or the disk; `offset` in bytes on the disk. */
  faults: z.array(z.object({ offset: z.number().int().nonnegative(), message: z.string() })),
});
export type DiskLayout = z.infer<typeof diskLayoutSchema>;
