import { z } from 'zod';
import { afterExportSchema, imageFormatSchema } from './export-plan';

/** User settings, each with a default so that an older or damaged file still loads field by field. */
export const settingsSchema = z.object({
  theme: z.enum(['system', 'dark', 'light', 'hc-dark', 'hc-light']).default('system'),
  heatmapColours: z.enum(['cividis', 'viridis', 'turbo']).default('cividis'),
  heatmapLayout: z.enum(['linear', 'hilbert']).default('linear'),
  /** `auto`: by the graphics card where there is one. */
  heatmapRenderer: z.enum(['auto', 'webgl2', 'canvas2d']).default('auto'),
  defaultFormat: imageFormatSchema.default('qcow2'),
  /** Absolute path; empty: ask. */
  defaultFolder: z.string().default(''),
  afterExport: afterExportSchema.default('purge'),
  /** NBD connections per disk; 0: chosen by the engine. */
  connectionsPerDisk: z.number().int().min(0).max(16).default(0),
  /** Bytes per second of a new job; 0: no limit. */
  jobLimitBytesPerSecond: z.number().min(0).default(0),
  /** Bytes per second over all jobs; 0: no limit. */
  limitBytesPerSecond: z.number().min(0).default(0),
});
export type Settings = z.infer<typeof settingsSchema>;
