import { z } from 'zod';

/**
 * What a running export does with a block: it will be read, is being read, was read, was read only after it had been
 * asked for again, or could not be read.
 */
export const blockStateSchema = z.enum(['queued', 'reading', 'done', 'retried', 'failed']);
export type BlockState = z.infer<typeof blockStateSchema>;

/** `[first, end)` in 64 KiB blocks, and their state now. */
export const blockRunSchema = z.tuple([
  z.number().int().nonnegative(),
  z.number().int().positive(),
  blockStateSchema,
]);
export type BlockRun = z.infer<typeof blockRunSchema>;

/** Most runs that one message carries. */
export const MAX_MAP_RUNS = 4096;

/** Blocks of one disk whose state changed, in the order in which it did. */
export const jobMapChangeSchema = z.object({
  jobId: z.string(),
  diskUuid: z.string(),
  runs: z.array(blockRunSchema).max(MAX_MAP_RUNS),
  /** Changes were left out: ask for the whole map again. */
  incomplete: z.boolean(),
});
export type JobMapChange = z.infer<typeof jobMapChangeSchema>;

/** The whole map of one disk. Bitmaps hold one bit per block, most significant bit first. */
export const jobMapSchema = z.object({
  sizeBytes: z.number().int().nonnegative(),
  /** Blocks that the job reads. */
  planned: z.instanceof(Uint8Array),
  /** Blocks that were read, also those read only after they had been asked for again. */
  done: z.instanceof(Uint8Array),
  /** Blocks in the states `reading`, `retried` and `failed`. */
  runs: z.array(blockRunSchema),
});
export type JobMap = z.infer<typeof jobMapSchema>;
