import { rangeOfCell, type BlockRange } from '../../../shared/blocks/view';
import type { HeatmapState } from './heatmap-controller';
import { cellRect, windowOf, type Viewport } from './model/viewport';

/** Cursor and selection, drawn over the map as vectors in its pixels. */
export function MapOverlay({ state, ratio }: { readonly state: HeatmapState; readonly ratio: number }) {
  const { viewport, cursor, selection } = state;
  const marker = cursor === undefined ? undefined : cellRect(viewport, cursor);
  return (
    <svg
      className="heatmap-overlay"
      aria-hidden="true"
      viewBox={`0 0 ${viewport.width} ${viewport.height}`}
      preserveAspectRatio="none"
    >
      {selection && <path className="heatmap-selection" d={selectionPath(viewport, selection)} />}
      {marker && (
        <rect
          className="heatmap-cursor"
          x={marker.x - ratio}
          y={marker.y - ratio}
          width={marker.size + ratio}
          height={marker.size + ratio}
          strokeWidth={2 * ratio}
        />
      )}
    </svg>
  );
}

/** The visible cells of a range as rectangles, one per run of cells in a row. */
export function selectionPath(viewport: Viewport, range: BlockRange): string {
  const { view, cellSize, offsetX, offsetY } = windowOf(viewport);
  const parts: string[] = [];
  for (let row = 0; row < view.rows; row++) {
    let start: number | undefined;
    for (let column = 0; column <= view.columns; column++) {
      const blocks = column < view.columns ? rangeOfCell(view, column, row) : undefined;
      const inside = blocks !== undefined && blocks.first < range.end && blocks.end > range.first;
      if (inside) start ??= column;
      else if (start !== undefined) {
        parts.push(
          `M${offsetX + start * cellSize} ${offsetY + row * cellSize}h${(column - start) * cellSize}v${cellSize}h${-(column - start) * cellSize}z`,
        );
        start = undefined;
      }
    }
  }
  return parts.join('');
}
