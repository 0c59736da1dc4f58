import { useSyncExternalStore } from 'react';
import type { HeatmapController, HeatmapState } from './heatmap-controller';

/** A part of the map's state. The component renders again only when that part is another value. */
export function useMapState<T>(controller: HeatmapController, select: (state: HeatmapState) => T): T {
  return useSyncExternalStore(controller.subscribe, () => select(controller.snapshot()));
}
