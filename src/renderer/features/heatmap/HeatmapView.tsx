import { useEffect, useMemo, useRef, useState } from 'react';
import { useStore } from 'zustand';
import type { Settings } from '../../../shared/model/settings';
import type { HeatmapProps } from '../../workbench/registries';
import { useFreeSnapshotsOf, useSnapshotsOf } from '../../workbench/use-objects';
import { useServices } from '../../workbench/use-services';
import { useTrueDifference } from '../../workbench/use-true-difference';
import type { ActiveMap } from './active-map';
import { HeatmapController } from './heatmap-controller';
import { createMapOptions } from './map-options';
import { MapFrame } from './MapFrame';
import { ModeControls } from './ModeControls';
import { intervalsOf, mostIntervals, type NamedInterval } from './model/intervals';
import { changesScene, type LoadedInterval } from './scene/scene';
import { useJobMap, useJobOfDisk } from './scene/use-job-map';
import { readableSnapshot, useLayout } from './scene/use-layout';
import { usePlayback } from './scene/use-playback';
import { useScene } from './scene/use-scene';
import './heatmap.css';

/** The changed blocks of a disk as a map, with everything needed to read it. */
export function HeatmapView({ active, ...props }: HeatmapProps & { readonly active: ActiveMap }) {
  const { settings } = useServices();
  const chosen = useStore(settings, (state) => state.settings);
  // A controller belongs to a disk: another interval of it keeps zoom and cursor.
  const controller = useController(`${props.poolId}/${props.diskUuid}`, chosen, props.bitmap.blocks);
  return controller === undefined ? null : <Heatmap {...props} active={active} controller={controller} />;
}

export function useController(
  key: string,
  settings: Settings,
  blocks: number,
): HeatmapController | undefined {
  const [made, setMade] = useState<{ readonly key: string; readonly controller: HeatmapController }>();
  const first = useRef({ settings, blocks });
  useEffect(() => {
    const { heatmapLayout, heatmapRenderer } = first.current.settings;
    const controller = new HeatmapController(heatmapLayout, first.current.blocks, heatmapRenderer);
    setMade({ key, controller });
    return () => controller.dispose();
  }, [key]);
  return made?.key === key ? made.controller : undefined;
}

function Heatmap(
  props: HeatmapProps & { readonly active: ActiveMap; readonly controller: HeatmapController },
) {
  const { poolId, diskUuid, fromUuid, toUuid, bitmap, label, active, controller } = props;
  const [store] = useState(createMapOptions);
  const options = useStore(store);
  const snapshots = useSnapshotsOf(poolId, diskUuid);
  const free = useFreeSnapshotsOf(poolId, diskUuid);
  const intervals = useMemo(() => intervalsOf(free), [free]);
  const current = useMemo((): LoadedInterval => {
    const named = (uuid: string) => snapshots.find((snapshot) => snapshot.uuid === uuid);
    const interval: NamedInterval = {
      key: `${fromUuid}/${toUuid}`,
      fromUuid,
      toUuid,
      fromName: named(fromUuid)?.name ?? fromUuid,
      toName: named(toUuid)?.name ?? toUuid,
      takenAt: named(toUuid)?.takenAt ?? '',
    };
    return { interval, bitmap };
  }, [snapshots, fromUuid, toUuid, bitmap]);
  const difference = useTrueDifference(diskUuid, fromUuid, toUuid);
  const exported = difference?.entry.manifestPath;
  const kept = difference?.stored.state === 'known' ? difference.stored.bitmap : undefined;
  const stored = useMemo(
    () => (exported === undefined || kept === undefined ? undefined : { key: exported, bitmap: kept }),
    [exported, kept],
  );
  const sceneState = useScene(controller.layers, poolId, current, intervals, options, stored);
  // What was shown stays until what comes next is there.
  const [last, setLast] = useState(() => changesScene(controller.layers, current));
  if (sceneState.state === 'ready' && sceneState.scene !== last) setLast(sceneState.scene);
  const scene = sceneState.state === 'ready' ? sceneState.scene : last;

  usePlayback(store, options, intervals, sceneState.state === 'ready');
  const mapIntervals = useMemo(
    () => ({
      poolId,
      diskUuid,
      current: current.interval,
      all: intervals,
      most: Math.min(intervals.length, mostIntervals(bitmap.blocks)),
    }),
    [poolId, diskUuid, current, intervals, bitmap],
  );
  const layout = useLayout(poolId, readableSnapshot(free, toUuid));
  const job = useJobMap(controller, useJobOfDisk(diskUuid), diskUuid);
  return (
    <MapFrame
      controller={controller}
      options={store}
      active={active}
      scene={scene}
      label={label}
      layout={layout}
      job={job}
      intervals={mapIntervals}
      hasDifference={stored !== undefined}
      controls={
        <ModeControls options={store} intervals={mapIntervals} scene={sceneState} difference={difference} />
      }
    />
  );
}
