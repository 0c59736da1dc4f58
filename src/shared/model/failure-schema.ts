import { z } from 'zod';
import type { Failure } from './failure';

/** A {@link Failure} that comes from outside. Apart from it, so that what only fails need not load a validator. */
export const failureSchema = z.object({
  code: z.string(),
  message: z.string(),
  nextStep: z.string(),
  details: z.string().optional(),
}) satisfies z.ZodType<Failure>;
