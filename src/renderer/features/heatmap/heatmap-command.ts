import type { Command } from '../../platform/commands';

/** A command of the map's category. */
export const heatmapCommand = (
  name: string,
  title: string,
  icon: string,
  when: string,
  run: (argument?: unknown) => void | Promise<void>,
): Command => ({ id: `heatmap.${name}`, title, category: 'Heatmap', icon, when, run });
