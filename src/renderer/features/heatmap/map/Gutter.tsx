import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import type { HeatmapController } from '../heatmap-controller';
import { ticks } from '../model/offsets';
import { windowOf } from '../model/viewport';
import { useMapState } from '../use-map-state';

/** Least distance between two labels, in CSS pixels. */
const DISTANCE = 36;
/** Height of a label. */
const LINE = 12;

/** Round offsets at the left of the rows that hold them. A map along the curve has none. */
export function Gutter({ controller }: { readonly controller: HeatmapController }) {
  const viewport = useMapState(controller, (state) => state.viewport);
  if (viewport.layout !== 'linear') return null;
  const { view, cellHeight, offsetY } = windowOf(viewport);
  const { density } = viewport;
  const rowBytes = view.columns * view.blocksPerCell * CBT_BLOCK_SIZE;
  /** The label of the last row does not hang over the edge. */
  const placeOf = (row: number): string =>
    `min(${(offsetY + (row - view.top) * cellHeight) / density}px, 100% - ${LINE}px)`;
  const marks = ticks(rowBytes, view.top, view.top + view.rows, (DISTANCE * density) / cellHeight);
  return (
    <div className="heatmap-gutter" aria-hidden="true">
      {marks.map(({ row, text }) => (
        <span key={row} style={{ top: placeOf(row) }}>
          {text}
        </span>
      ))}
    </div>
  );
}
