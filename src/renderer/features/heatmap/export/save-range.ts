import type { Snapshot } from '../../../../shared/model/inventory';
import type { Command } from '../../../platform/commands';
import { activeJobIds } from '../../../stores/jobs';
import type { NewNotification } from '../../../stores/notifications';
import type { Services } from '../../../workbench/services';
import type { ActiveMap, OpenMap } from '../active-map';
import { heatmapCommand } from '../heatmap-command';
import type { MapIntervals, NamedInterval } from '../model/intervals';
import { frameIndex } from '../scene/use-scene';
import { byteRange } from './copy-text';
import { fileName } from './save';

/** Saves the selected range of the later snapshot, byte by byte; how that goes is told as of any work on exports. */
export const saveRangeCommand = (services: Services, active: ActiveMap): Command =>
  heatmapCommand(
    'saveRange',
    'Save This Range as a Raw File…',
    'file-binary',
    'heatmap.selection && heatmap.interval',
    async () => {
      const { engine, inventory, notifications, libraryOperations } = services;
      const map = active.current;
      const shown = map?.shown();
      const selection = shown?.controller.snapshot().selection;
      if (map === undefined || shown?.intervals === undefined || selection === undefined) return;
      const { poolId, diskUuid } = shown.intervals;
      const { toUuid, toName } = shownInterval(map, shown.intervals);
      const pool = inventory.pool(poolId);
      const snapshot = pool?.snapshots.get(toUuid);
      const range = byteRange(selection, snapshot?.sizeBytes ?? shown.scene.sizeBytes);
      const problem = obstacle(services, snapshot, toName, range.length);
      if (problem !== undefined) {
        notifications.add(problem);
        return;
      }
      const diskName = pool?.disks.get(diskUuid)?.name ?? diskUuid;
      const chosen = await engine.ask('dialog.chooseImage', {
        suggestedName: fileName(`${diskName}-${toName}-${range.offset}-${range.length}`, 'raw'),
        format: 'raw',
      });
      const to = chosen?.value;
      if (to === undefined) return;
      const request = { kind: 'range', poolId, snapshotUuid: toUuid, diskName, ...range, to } as const;
      const started = await engine.ask('library.start', request);
      if (started !== undefined) libraryOperations.putStarted(started.value);
    },
  );

/** The interval that is on the map: the one it was opened for, or the playback's. */
function shownInterval({ options }: OpenMap, { all, current }: MapIntervals): NamedInterval {
  const { mode, frame } = options.getState();
  return mode === 'playback' && all.length > 0 ? all[frameIndex(frame, all)] : current;
}

function obstacle(
  { jobs }: Services,
  snapshot: Snapshot | undefined,
  name: string,
  length: number,
): NewNotification | undefined {
  const nextStep = 'Choose an interval that ends at another snapshot.';
  if (snapshot?.hasData !== true) {
    const message = `The data of ${name} is not on the pool any more, only which blocks changed.`;
    return { severity: 'warning', message, nextStep };
  }
  if (activeJobIds(jobs.getState()).has(snapshot.jobId ?? '')) {
    const message = `The snapshot ${name} belongs to a job that is reading it.`;
    return { severity: 'warning', message, nextStep: `Wait until the job has ended. ${nextStep}` };
  }
  if (length > 0) return undefined;
  return { severity: 'warning', message: `The selection lies behind the end of ${name}.`, nextStep };
}
