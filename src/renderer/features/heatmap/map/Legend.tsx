import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import { CELL_FULL } from '../../../../shared/blocks/view';
import { formatBytes } from '../../../platform/format';
import { colourOf } from '../drawing/colour-table';
import type { ColourTable } from '../drawing/painter';
import type { HeatmapController } from '../heatmap-controller';
import { legendEntries } from '../model/legend';
import { geometry } from '../model/viewport';
import type { Scene } from '../scene/scene';
import { useMapState } from '../use-map-state';

interface Props {
  readonly controller: HeatmapController;
  readonly scene: Scene;
  readonly colours: ColourTable;
  readonly live: boolean;
}

/** What a cell stands for, and what its colour says. */
export function Legend({ controller, scene, colours, live }: Props) {
  const blocksPerCell = useMapState(controller, ({ viewport }) => geometry(viewport).blocksPerCell);
  return (
    <div className="heatmap-legend">
      <span>1 cell = {formatBytes(blocksPerCell * CBT_BLOCK_SIZE)}</span>
      {legendEntries(scene.legend, blocksPerCell, live).map((entry) =>
        entry.kind === 'ramp' ? (
          <span key={entry.text} className="heatmap-legend-entry">
            <span>{entry.from}</span>
            <span
              className="heatmap-ramp"
              style={{ background: gradient(colours, entry.row) }}
              aria-hidden="true"
            />
            <span>{entry.text}</span>
          </span>
        ) : (
          <span key={entry.text} className="heatmap-legend-entry">
            <span
              className="heatmap-swatch"
              data-hollow={((colours.hollowRows >> entry.row) & 1) === 1 || undefined}
              style={{ background: colourOf(colours, entry.row, entry.value) }}
              aria-hidden="true"
            />
            <span>{entry.text}</span>
          </span>
        ),
      )}
    </div>
  );
}

function gradient(colours: ColourTable, row: number): string {
  const steps = Array.from({ length: 12 }, (_, step) =>
    colourOf(colours, row, Math.max(1, Math.round((step / 11) * CELL_FULL))),
  );
  return `linear-gradient(to right, ${steps.join(', ')})`;
}
