import { z } from 'zod';
import { afterExportSchema, imageFormatSchema } from './export-plan';

/** User settings, each with a default. */
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

/**
 * The settings of a file, field by field: one that cannot be used has its default.
 * @returns also the names of the bad ones; `all` when the file holds no settings at all.
 */
export function mendSettings(raw: unknown): {
  readonly settings: Settings;
  readonly bad: 'all' | readonly string[];
} {
  const file = z.record(z.string(), z.unknown()).safeParse(raw);
  if (!file.success) return { settings: settingsSchema.parse({}), bad: 'all' };
  const bad = Object.entries(settingsSchema.shape)
    .filter(([name, schema]) => !schema.safeParse(file.data[name]).success)
    .map(([name]) => name);
  const good = Object.entries(file.data).filter(([name]) => !bad.includes(name));
  return { settings: settingsSchema.parse(Object.fromEntries(good)), bad };
}
