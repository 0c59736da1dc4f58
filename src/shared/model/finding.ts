import { z } from 'zod';

/** Something the preflight noticed. `block`: the export may not start; `warn`: it may; `info`: good to know. */
export const findingSchema = z.object({
  /** Stable, lower-case with dashes: `cbt-off`, `no-nbd-network`, `storage-without-cbt`, … */
  code: z.string(),
  severity: z.enum(['block', 'warn', 'info']),
  /** A sentence. */
  text: z.string(),
  /** What to do about it. */
  nextStep: z.string(),
  /** Command id that does the next step, if there is one, and its argument. */
  command: z.string().optional(),
  /** Disk, VM, SR or snapshot uuid the finding is about. */
  objectUuid: z.string().optional(),
});
export type Finding = z.infer<typeof findingSchema>;
