import { useMemo } from 'react';
import type { HeatmapController } from '../heatmap-controller';
import { rangeShape, tiledShape } from '../model/range-shape';
import { blocksOf, type NestedRegion } from '../model/regions';
import { cellRect, windowOf } from '../model/viewport';
import { useMapState } from '../use-map-state';

interface Props {
  readonly controller: HeatmapController;
  readonly regions: readonly NestedRegion[];
}

/** Cursor, selection and outlines of regions, drawn over the map as vectors in its pixels. */
export function MapOverlay({ controller, regions }: Props) {
  const viewport = useMapState(controller, (state) => state.viewport);
  const cursor = useMapState(controller, (state) => state.cursor);
  const selection = useMapState(controller, (state) => state.selection);
  const highlight = useMapState(controller, (state) => state.highlight);
  const { width, height, density } = viewport;
  const window = useMemo(() => windowOf(viewport), [viewport]);
  const outlines = useMemo(
    () =>
      regions.map((nested) => ({
        key: `${nested.depth}/${nested.region.offset}/${nested.region.length}`,
        depth: nested.depth,
        path: tiledShape(window, blocksOf(nested.region)).outline,
      })),
    [window, regions],
  );
  const marker = cursor === undefined ? undefined : cellRect(viewport, cursor);
  const selected = selection && rangeShape(window, selection);
  const pointedAt = highlight && rangeShape(window, highlight);
  return (
    <svg
      className="heatmap-overlay"
      aria-hidden="true"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
    >
      {outlines.map(({ key, depth, path }) => (
        <path
          key={key}
          className={depth === 0 ? 'heatmap-region' : 'heatmap-region heatmap-region-inner'}
          d={path}
          strokeWidth={density}
        />
      ))}
      {pointedAt && <path className="heatmap-highlight" d={pointedAt.fill} />}
      {selected && (
        <>
          <path className="heatmap-selection" d={selected.fill} />
          <path className="heatmap-selection-edge" d={selected.outline} strokeWidth={1.5 * density} />
        </>
      )}
      {marker && (
        <g className="heatmap-cursor">
          <rect {...around(marker, 2.5 * density)} strokeWidth={density} />
          <rect {...around(marker, density)} strokeWidth={2 * density} />
        </g>
      )}
    </svg>
  );
}

const around = (
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
  by: number,
) => ({ x: x - by, y: y - by, width: width + 2 * by, height: height + 2 * by });
