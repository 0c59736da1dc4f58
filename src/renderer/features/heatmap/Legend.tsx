import { CBT_BLOCK_SIZE } from '../../../shared/blocks/extent';
import type { Settings } from '../../../shared/model/settings';
import { formatBytes } from '../../platform/format';
import type { Theme } from '../../theme';
import { legendGradient } from './drawing/colour-table';
import { geometry, type Viewport } from './model/viewport';

/** What a cell stands for, and what its colour says. */
export function Legend({
  theme,
  colours,
  viewport,
}: {
  theme: Theme;
  colours: Settings['heatmapColours'];
  viewport: Viewport;
}) {
  const { blocksPerCell } = geometry(viewport);
  return (
    <div className="heatmap-legend">
      <span>one cell = {formatBytes(blocksPerCell * CBT_BLOCK_SIZE)}</span>
      <span className="heatmap-legend-scale">
        <span>unchanged</span>
        <span className="heatmap-legend-none" aria-hidden="true" />
        <span
          className="heatmap-legend-ramp"
          style={{ background: legendGradient(theme, colours) }}
          aria-hidden="true"
        />
        <span>{blocksPerCell === 1 ? 'changed' : 'all changed'}</span>
      </span>
    </div>
  );
}
