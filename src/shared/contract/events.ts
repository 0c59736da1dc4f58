import { z } from 'zod';
import { failureSchema } from '../model/failure-schema';
import { inventoryPatchSchema, poolSchema } from '../model/inventory';
import { jobLogEntrySchema, jobSchema } from '../model/job';
import { jobMapChangeSchema } from '../model/job-map';
import { libraryOperationSchema } from '../model/library-operation';

/** Everything the main process tells the window without being asked. Events broadcast state; they start nothing. */
export const events = {
  /** Something failed that no window asked for. */
  'app.trouble': failureSchema,
  'pools.changed': z.array(poolSchema),
  'inventory.changed': z.object({ poolId: z.string(), patch: inventoryPatchSchema }),
  'jobs.changed': jobSchema,
  'jobs.removed': z.object({ jobId: z.string() }),
  'jobs.logged': jobLogEntrySchema,
  /** Several times a second while a disk is copied. */
  'jobs.map': jobMapChangeSchema,
  /** Several times a second while it runs. */
  'library.operation': libraryOperationSchema,
  /** A command chosen in the native menu or by a deep link. */
  'command.run': z.object({ id: z.string(), args: z.array(z.unknown()) }),
} as const;

export type EventName = keyof typeof events;
export type EventPayload<N extends EventName> = z.output<(typeof events)[N]>;
