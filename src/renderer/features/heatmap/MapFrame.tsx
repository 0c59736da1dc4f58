import { useEffect, useLayoutEffect, useMemo, useRef, type ReactNode } from 'react';
import { useStore } from 'zustand';
import type { JobMap } from '../../../shared/model/job-map';
import { useServices } from '../../workbench/use-services';
import type { ActiveMap, OpenMap } from './active-map';
import { colourTable } from './drawing/colour-table';
import type { Shown } from './export/save';
import type { HeatmapController } from './heatmap-controller';
import { JobLine } from './JobLine';
import { Gutter } from './map/Gutter';
import { Legend } from './map/Legend';
import { MapCanvas } from './map/MapCanvas';
import { Minimap } from './map/Minimap';
import { Readout } from './map/Readout';
import { RegionStrip } from './map/RegionStrip';
import type { MapOptionsStore } from './map-options';
import type { MapIntervals } from './model/intervals';
import type { NestedRegion } from './model/regions';
import type { Scene } from './scene/scene';
import type { JobTotals } from './scene/use-job-map';
import type { LayoutState } from './scene/use-layout';
import { Tables } from './tables/Tables';
import { Toolbar } from './Toolbar';
import { useMapState } from './use-map-state';
import { useTheme } from './use-theme';

interface Props {
  readonly controller: HeatmapController;
  readonly options: MapOptionsStore;
  readonly active: ActiveMap;
  readonly scene: Scene;
  readonly label: string;
  readonly layout: LayoutState;
  readonly job: { readonly map: JobMap; readonly totals: JobTotals } | undefined;
  /** Several offer further modes. */
  readonly intervals?: MapIntervals;
  /** It is known which blocks truly differ. */
  readonly hasDifference?: boolean;
  readonly controls?: ReactNode;
}

const NO_REGIONS: readonly NestedRegion[] = [];
const KEYS =
  'Arrow keys move, Page Up, Page Down, Home and End go further, plus and minus zoom, 0 shows the whole disk, N and P go to the next and previous change, Shift selects.';

/** Toolbar, map, what explains it, and its data as tables. */
export function MapFrame(props: Props) {
  const { controller, options, active, scene, label, layout, job, intervals, controls } = props;
  const { hasDifference = false } = props;
  const { settings } = useServices();
  const theme = useTheme();
  const scale = useStore(settings, (state) => state.settings.heatmapColours);
  const { boost, outlines, job: wantsJob } = useStore(options);
  const colours = useMemo(() => colourTable({ theme, colours: scale, boost }), [theme, scale, boost]);
  const regions = layout.state === 'known' ? layout.regions : NO_REGIONS;
  const live = job !== undefined && wantsJob;
  const broken = useMapState(controller, (state) => state.broken);

  useLayoutEffect(() => {
    const { picture, layers, blocks } = scene;
    controller.show({ picture, layers, live }, blocks);
  }, [controller, scene, live]);
  const open = useOpenMap(active, options, {
    controller,
    scene,
    label,
    regions,
    theme,
    colours,
    live,
    hasJob: job !== undefined,
    hasDifference,
    intervals,
  });

  if (broken !== undefined) {
    return (
      <p role="alert" className="heatmap-broken">
        The map cannot be drawn: {broken}. Close and open this editor again; the numbers beside the map are
        not affected.
      </p>
    );
  }
  return (
    <section
      className="heatmap"
      aria-label={`Map of ${label}`}
      onPointerDownCapture={() => active.use(open)}
      onFocusCapture={() => active.use(open)}
    >
      <Toolbar
        controller={controller}
        options={options}
        modes={intervals !== undefined && intervals.all.length > 1}
        hasRegions={regions.length > 0}
        hasJob={job !== undefined}
      />
      {controls}
      {live && <JobLine totals={job.totals} />}
      <div className="heatmap-overview">
        <RegionStrip controller={controller} layout={layout} sizeBytes={scene.sizeBytes} />
        <Minimap
          controller={controller}
          scene={scene}
          colours={colours}
          live={live}
          totals={live ? job.totals : undefined}
        />
      </div>
      <div className="heatmap-stage">
        <Gutter controller={controller} />
        <MapCanvas
          controller={controller}
          colours={colours}
          seekLayer={scene.shown}
          regions={outlines ? regions : NO_REGIONS}
          label={`${scene.title}. ${KEYS}`}
        />
      </div>
      <footer className="heatmap-footer">
        <Readout controller={controller} scene={scene} regions={regions} live={live} />
        <Legend controller={controller} scene={scene} colours={colours} live={live} />
      </footer>
      <Tables controller={controller} scene={scene} layout={layout} regions={regions} />
    </section>
  );
}

/** Makes the map known to the commands as long as it is on the screen. */
function useOpenMap(active: ActiveMap, options: MapOptionsStore, shown: Shown): OpenMap {
  const latest = useRef<Shown | undefined>(undefined);
  const open = useMemo((): OpenMap => ({ options, shown: () => latest.current }), [options]);
  const { controller, regions, hasJob, hasDifference, intervals } = shown;
  useEffect(() => {
    latest.current = shown;
  });
  useEffect(() => {
    active.use(open);
    return () => active.close(open);
  }, [active, open]);
  useEffect(() => {
    const tell = (): void => active.tell();
    tell();
    const stops = [controller.subscribe(tell), options.subscribe(tell)];
    return () => stops.forEach((stop) => stop());
  }, [active, controller, options, regions, hasJob, hasDifference, intervals]);
  return open;
}
