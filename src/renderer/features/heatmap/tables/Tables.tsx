import { useId, useState, type KeyboardEvent, type ReactNode } from 'react';
import type { HeatmapController } from '../heatmap-controller';
import type { NestedRegion } from '../model/regions';
import type { LayoutState } from '../scene/use-layout';
import type { Scene } from '../scene/scene';
import { useMapState } from '../use-map-state';
import { HotRanges } from './HotRanges';
import { Regions } from './Regions';
import { Selection } from './Selection';

interface Props {
  readonly controller: HeatmapController;
  readonly scene: Scene;
  readonly layout: LayoutState;
  readonly regions: readonly NestedRegion[];
}

type TabId = 'hot' | 'regions' | 'selection';
const TITLES: Record<TabId, string> = { hot: 'Hot ranges', regions: 'Partitions', selection: 'Selection' };

/** The map's data as tables: for keys, for screen readers, and for exact numbers. */
export function Tables({ controller, scene, layout, regions }: Props) {
  const id = useId();
  const selection = useMapState(controller, (state) => state.selection);
  const [chosen, setChosen] = useState<TabId>('hot');
  const [seen, setSeen] = useState(selection);
  // A new selection is what the user wants to read about.
  if (selection !== seen) {
    setSeen(selection);
    if (seen === undefined) setChosen('selection');
    else if (selection === undefined && chosen === 'selection') setChosen('hot');
  }
  const tabs = Object.keys(TITLES) as TabId[];
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0) return;
    const next = tabs[(tabs.indexOf(chosen) + by + tabs.length) % tabs.length];
    setChosen(next);
    event.currentTarget.querySelector<HTMLElement>(`[data-tab=${next}]`)?.focus();
    event.preventDefault();
  };
  const content: Record<TabId, () => ReactNode> = {
    hot: () => <HotRanges controller={controller} scene={scene} regions={regions} />,
    regions: () => <Regions controller={controller} scene={scene} layout={layout} />,
    selection: () => <Selection controller={controller} scene={scene} regions={regions} />,
  };
  return (
    <div className="heatmap-tables">
      <div className="heatmap-tabs" role="tablist" aria-label="Map as tables" onKeyDown={onKeyDown}>
        {tabs.map((tab) => (
          <button
            key={tab}
            type="button"
            role="tab"
            id={`${id}-${tab}`}
            data-tab={tab}
            aria-selected={tab === chosen}
            aria-controls={`${id}-panel`}
            tabIndex={tab === chosen ? 0 : -1}
            onClick={() => setChosen(tab)}
          >
            {TITLES[tab]}
          </button>
        ))}
      </div>
      <div className="heatmap-panel" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${chosen}`}>
        {content[chosen]()}
      </div>
    </div>
  );
}
