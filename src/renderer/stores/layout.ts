import { createStore } from 'zustand/vanilla';
import { z } from 'zod';
import { verdictSchema } from './verdicts';

const LAYOUT_VERSION = 1;

const layoutSchema = z.object({
  version: z.literal(LAYOUT_VERSION),
  sideBarVisible: z.boolean().catch(true),
  /** Pixels. */
  sideBarWidth: z.number().min(120).max(1200).catch(300),
  view: z.string().catch('pools'),
  panelVisible: z.boolean().catch(false),
  panelHeight: z.number().min(80).max(1600).catch(220),
  panelView: z.string().catch('jobs'),
  /** Ids of open rows of the Pools tree. */
  expanded: z.array(z.string()).catch([]),
  /** Folders the Exports view looks into. */
  exportFolders: z.array(z.string()).catch([]),
  /** Folders that were taken off the Exports view: jobs do not bring them back. */
  hiddenExportFolders: z.array(z.string()).catch([]),
  /** What verifying found last, by the id of the export. */
  verdicts: z.record(z.string(), verdictSchema).catch({}),
  /** The editor area, as its library serialises it. */
  editors: z.unknown(),
});
export type Layout = z.infer<typeof layoutSchema>;

const INITIAL: Layout = {
  version: LAYOUT_VERSION,
  sideBarVisible: true,
  sideBarWidth: 300,
  view: 'pools',
  panelVisible: false,
  panelHeight: 220,
  panelView: 'jobs',
  expanded: [],
  exportFolders: [],
  hiddenExportFolders: [],
  verdicts: {},
  editors: undefined,
};

/** Where everything stands in the window; restored on the next start. */
export function createLayoutStore() {
  const store = createStore<Layout>(() => INITIAL);
  return Object.assign(store, {
    /** Reads a saved layout, field by field; false when it is not one that this version understands. */
    restore: (saved: string): boolean => {
      let value: unknown;
      try {
        value = JSON.parse(saved);
      } catch {
        return false;
      }
      const parsed = layoutSchema.safeParse(value);
      if (parsed.success) store.setState(parsed.data);
      return parsed.success;
    },
    serialise: (): string => JSON.stringify(store.getState()),
  });
}
export type LayoutStore = ReturnType<typeof createLayoutStore>;
