import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import type { HeatmapController } from '../heatmap-controller';
import { formatOffset } from '../model/offsets';
import { windowOf } from '../model/viewport';
import { useMapState } from '../use-map-state';

/** Least distance between two labels, in CSS pixels. */
const DISTANCE = 36;

/** Offsets at the left of the rows. A map along the curve has none. */
export function Gutter({ controller }: { readonly controller: HeatmapController }) {
  const viewport = useMapState(controller, (state) => state.viewport);
  if (viewport.layout !== 'linear') return null;
  const { view, cellHeight, offsetY } = windowOf(viewport);
  const { density } = viewport;
  const every = Math.max(1, Math.ceil((DISTANCE * density) / cellHeight));
  const rowBytes = view.columns * view.blocksPerCell * CBT_BLOCK_SIZE;
  const first = Math.ceil(view.top / every) * every;
  const rows: number[] = [];
  for (let row = first; row < view.top + view.rows; row += every) rows.push(row);
  return (
    <div className="heatmap-gutter" aria-hidden="true">
      {rows.map((row) => (
        <span key={row} style={{ top: (offsetY + (row - view.top) * cellHeight) / density }}>
          {formatOffset(row * rowBytes, rowBytes)}
        </span>
      ))}
    </div>
  );
}
