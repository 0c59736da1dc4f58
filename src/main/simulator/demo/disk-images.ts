import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const catalogueSchema = z.object({
  version: z.literal(1),
  disks: z.array(
    z.object({
      key: z.string(),
      name: z.string(),
      file: z.string().regex(/^[\w.-]+$/),
      sizeBytes: z.number().int().positive(),
    }),
  ),
});

export interface DiskImage {
  readonly key: string;
  readonly name: string;
  /** Absolute path of a qcow2 image; undefined for an empty disk. */
  readonly path: string | undefined;
  readonly sizeBytes: number;
}

/** The demo disks in a folder, by key. @throws Error when the catalogue cannot be read */
export async function readDiskImages(folder: string): Promise<Map<string, DiskImage>> {
  const { disks } = catalogueSchema.parse(JSON.parse(await readFile(join(folder, 'disks.json'), 'utf8')));
  return new Map(
    disks.map(({ key, name, file, sizeBytes }) => [key, { key, name, path: join(folder, file), sizeBytes }]),
  );
}
