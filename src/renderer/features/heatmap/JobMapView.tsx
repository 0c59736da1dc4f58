import { useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { BlockBitmap } from '../../../shared/blocks/bitmap';
import type { JobMap } from '../../../shared/model/job-map';
import type { JobMapProps } from '../../workbench/registries';
import { useFreeSnapshotsOf, useJob } from '../../workbench/use-objects';
import { useServices } from '../../workbench/use-services';
import type { ActiveMap } from './active-map';
import type { HeatmapController } from './heatmap-controller';
import { useController } from './HeatmapView';
import { createMapOptions } from './map-options';
import { MapFrame } from './MapFrame';
import { changesScene, type Scene } from './scene/scene';
import { useJobMap } from './scene/use-job-map';
import { readableSnapshot, useLayout } from './scene/use-layout';
import './heatmap.css';

/** What a job does with the blocks of one disk, from the moment its copy begins. */
export function JobMapView(props: JobMapProps & { readonly active: ActiveMap }) {
  const { settings } = useServices();
  const chosen = useStore(settings, (state) => state.settings);
  const controller = useController(`${props.jobId}/${props.diskUuid}`, chosen, 1);
  return controller === undefined ? null : <Followed {...props} controller={controller} />;
}

function Followed(
  props: JobMapProps & { readonly active: ActiveMap; readonly controller: HeatmapController },
) {
  const { jobId, diskUuid, label, active, controller } = props;
  const poolId = useJob(jobId)?.request.poolId ?? '';
  const [options] = useState(createMapOptions);
  const job = useJobMap(controller, jobId, diskUuid);
  const layout = useLayout(poolId, readableSnapshot(useFreeSnapshotsOf(poolId, diskUuid), ''));
  const map = job?.map;
  const scene = useMemo(
    () => (map === undefined ? undefined : planScene(controller, map)),
    [controller, map],
  );
  if (scene === undefined) return null;
  return (
    <MapFrame
      controller={controller}
      options={options}
      active={active}
      scene={scene}
      label={label}
      layout={layout}
      job={job}
    />
  );
}

function planScene(controller: HeatmapController, { planned, sizeBytes }: JobMap): Scene {
  const bitmap = new BlockBitmap(planned, sizeBytes);
  const interval = { key: 'plan', fromUuid: '', toUuid: '', fromName: '', toName: '', takenAt: '' };
  const scene = changesScene(controller.layers, { interval, bitmap });
  return {
    ...scene,
    title: 'Blocks of the export',
    legend: { kind: 'plan' },
    describe: ([count], blocks) =>
      blocks === 1
        ? count > 0
          ? 'part of the export'
          : 'not part of the export'
        : `${count} of ${blocks} blocks in the export`,
  };
}
