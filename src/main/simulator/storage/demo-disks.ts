import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { VirtualDisk } from './virtual-disk';

const areaSchema = z.object({
  name: z.string(),
  kind: z.enum(['ext4', 'xfs', 'vfat', 'ntfs', 'swap', 'none']),
  /** On the disk, in bytes. */
  offset: z.number().int().nonnegative(),
  length: z.number().int().positive(),
});
/** A partition or logical volume of a demo disk. */
export type DiskArea = z.infer<typeof areaSchema>;

const demoDiskSchema = z.object({
  key: z.string(),
  name: z.string(),
  file: z.string().regex(/^[\w-]+\.qcow2$/),
  sizeBytes: z.number().int().positive(),
  /** Of the image file. */
  sha256: z.string(),
  areas: z.array(areaSchema),
});
/** A disk image that ships with the product. */
export type DemoDisk = z.infer<typeof demoDiskSchema>;

const catalogueSchema = z.object({ version: z.literal(1), disks: z.array(demoDiskSchema) });

/** Which demo disks lie in `folder`, by their keys. Made by scripts/make-demo-disks.mjs. */
export async function readDemoDisks(folder: string): Promise<Map<string, DemoDisk>> {
  const text = await readFile(join(folder, 'disks.json'), 'utf8');
  const { disks } = catalogueSchema.parse(JSON.parse(text));
  return new Map(disks.map((disk) => [disk.key, disk]));
}

/** A new live disk with the demo disk's content. */
export const openDemoDisk = (folder: string, disk: DemoDisk): Promise<VirtualDisk> =>
  VirtualDisk.create({ sizeBytes: disk.sizeBytes, image: join(folder, disk.file) });
