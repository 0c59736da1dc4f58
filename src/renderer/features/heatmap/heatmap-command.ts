import type { Command } from '../../platform/commands';
import type { ActiveMap } from './active-map';
import type { MapOptions } from './map-options';
import type { MapIntervals } from './model/intervals';

/** A command of the map's category. */
export const heatmapCommand = (
  name: string,
  title: string,
  icon: string,
  when: string,
  run: (argument?: unknown) => void | Promise<void>,
  keys?: readonly string[],
): Command => ({
  id: `heatmap.${name}`,
  title,
  category: 'Heatmap',
  icon,
  when,
  run,
  ...(keys === undefined ? {} : { keys }),
});

/** There are several intervals; what needs a mode adds it. */
export const SEVERAL = 'heatmap.intervals';

type Act = (intervals: MapIntervals, options: MapOptions, set: (change: Partial<MapOptions>) => void) => void;

/** Acts on the intervals of the map that is used now, and on what is chosen there. */
export function withIntervals(active: ActiveMap, act: Act): void {
  const map = active.current;
  const intervals = map?.shown()?.intervals;
  if (map !== undefined && intervals !== undefined)
    act(intervals, map.options.getState(), (change) => map.options.setState(change));
}
