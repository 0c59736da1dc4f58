import { useEffect, useRef, useState } from 'react';
import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import type { BlockRange } from '../../../../shared/blocks/view';
import type { BlockState } from '../../../../shared/model/job-map';
import { formatBytes, formatCount } from '../../../platform/format';
import { useServices } from '../../../workbench/use-services';
import type { HeatmapController } from '../heatmap-controller';
import { cellOf } from '../model/navigation';
import { formatOffset } from '../model/offsets';
import { pathName, regionAt, type NestedRegion } from '../model/regions';
import type { Scene } from '../scene/scene';
import { useMapState } from '../use-map-state';

interface Props {
  readonly controller: HeatmapController;
  readonly scene: Scene;
  readonly regions: readonly NestedRegion[];
  readonly live: boolean;
}

const JOB: Record<BlockState, string> = {
  queued: 'will be read',
  reading: 'is being read',
  done: 'was read',
  retried: 'was read after another try',
  failed: 'could not be read',
};

/** What lies under the pointer, else under the cursor, else what is selected. */
export function Readout({ controller, scene, regions, live }: Props) {
  const { selection: status } = useServices();
  const block = useMapState(controller, ({ hovered, cursor }) => hovered ?? cursor);
  const hovers = useMapState(controller, ({ hovered }) => hovered !== undefined);
  const viewport = useMapState(controller, (state) => state.viewport);
  const selection = useMapState(controller, (state) => state.selection);
  const cell = block === undefined || block >= scene.blocks ? undefined : cellOf(viewport, block);
  const counted = useCounts(controller, scene, cell);
  const parts =
    cell === undefined
      ? []
      : [
          placeOf(cell),
          ...(counted === undefined ? [] : [scene.describe(counted.counts, cell.end - cell.first)]),
          ...(live && counted?.live ? [JOB[counted.live]] : []),
          ...regionOf(cell, regions),
        ];
  const text = parts.join(' · ');
  const short =
    selection && !hovers ? selectionText(selection, scene.sizeBytes) : parts.slice(0, 2).join(' · ');
  useEffect(() => {
    status.setCursorText(short);
    return () => status.setCursorText('');
  }, [status, short]);
  return (
    <output className="heatmap-readout" data-hovers={hovers || undefined}>
      {text || 'Point at the map, or move over it with the arrow keys'}
    </output>
  );
}

/** Asks for the changed blocks of the cell; while an answer is under way only the last cell asked for counts. */
function useCounts(controller: HeatmapController, scene: Scene, cell: BlockRange | undefined) {
  const [answer, setAnswer] = useState<{
    key: string;
    scene: Scene;
    counts: number[];
    live: BlockState | null;
  }>();
  const key = cell === undefined ? '' : `${cell.first}-${cell.end}`;
  const latest = useRef('');
  useEffect(() => {
    latest.current = key;
    if (key === '') return;
    const [first, end] = key.split('-').map(Number) as [number, number];
    void controller.worker.ask('count', { layers: scene.counted, range: { first, end } }).then((found) => {
      if (latest.current === key) setAnswer({ key, scene, ...found });
    });
  }, [controller, scene, key]);
  return answer?.key === key && answer.scene === scene ? answer : undefined;
}

function placeOf({ first, end }: BlockRange): string {
  const offset = first * CBT_BLOCK_SIZE;
  const at = formatOffset(offset, CBT_BLOCK_SIZE);
  const blocks =
    end - first === 1
      ? `Block ${formatCount(first)}`
      : `Blocks ${formatCount(first)}–${formatCount(end - 1)}`;
  return `${blocks} at ${at} (byte ${formatCount(offset)})`;
}

function regionOf({ first }: BlockRange, regions: readonly NestedRegion[]): string[] {
  const offset = first * CBT_BLOCK_SIZE;
  const nested = regionAt(regions, offset);
  if (nested === undefined) return [];
  return [`${pathName(nested)}, ${formatBytes(offset - nested.region.offset)} into it`];
}

export function selectionText({ first, end }: BlockRange, sizeBytes: number): string {
  const start = first * CBT_BLOCK_SIZE;
  const length = Math.min(end * CBT_BLOCK_SIZE, sizeBytes) - start;
  return `${formatBytes(length)} selected from ${formatOffset(start, CBT_BLOCK_SIZE)}, blocks ${formatCount(first)}–${formatCount(end - 1)}`;
}
