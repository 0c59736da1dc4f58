import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import { formatBytes, formatCount, plural } from '../../../platform/format';
import { CommandButton } from '../../../workbench/command-button';
import type { HeatmapController } from '../heatmap-controller';
import { selectionText } from '../map/Readout';
import { formatOffset } from '../model/offsets';
import { regionAt, type NestedRegion } from '../model/regions';
import type { Scene } from '../scene/scene';
import { useMapState } from '../use-map-state';
import { Where } from './Where';
import { useAnswer } from './use-answer';

interface Props {
  readonly controller: HeatmapController;
  readonly scene: Scene;
  readonly regions: readonly NestedRegion[];
}

const LIMIT = 500;
const ACTIONS = [
  'heatmap.zoomToSelection',
  'heatmap.copyRange',
  'heatmap.copyExtents',
  'heatmap.copyDd',
  'heatmap.copyNbd',
  'heatmap.saveRange',
  'heatmap.saveCsv',
  'heatmap.saveJson',
  'heatmap.clearSelection',
];

/** The changed extents of the brushed range, and what can be done with it. */
export function Selection({ controller, scene, regions }: Props) {
  const range = useMapState(controller, (state) => state.selection);
  if (range === undefined) {
    return (
      <p className="heatmap-nothing">
        Nothing is selected. Drag over the map, or hold Shift and move with the arrow keys.
      </p>
    );
  }
  return (
    <div className="heatmap-selected">
      <p>{selectionText(range, scene.sizeBytes)}</p>
      <div className="heatmap-actions">
        {ACTIONS.map((command) => (
          <CommandButton key={command} command={command} withIcon={false} />
        ))}
      </div>
      <Extents controller={controller} scene={scene} regions={regions} first={range.first} end={range.end} />
    </div>
  );
}

function Extents({
  controller,
  scene: { shown },
  regions,
  first,
  end,
}: Props & { readonly first: number; readonly end: number }) {
  const found = useAnswer(`${shown} ${first} ${end}`, () =>
    controller.worker.ask('extents', { layer: shown, range: { first, end }, limit: LIMIT }),
  );
  if (found === undefined) return null;
  return (
    <>
      <p>
        <strong>{formatBytes(found.bytes)}</strong> of it changed, in {plural(found.count, 'extent')}.
        {found.count > LIMIT && ` The first ${formatCount(LIMIT)} are listed.`}
      </p>
      {found.count > 0 && (
        <div className="ds-table-frame heatmap-table" tabIndex={0} role="region" aria-label="Changed extents">
          <table className="ds-table">
            <thead>
              <tr>
                <th scope="col" className="ds-number">
                  Offset
                </th>
                <th scope="col" className="ds-number">
                  Byte
                </th>
                <th scope="col" className="ds-number">
                  Length
                </th>
                <th scope="col">In</th>
              </tr>
            </thead>
            <tbody>
              {found.extents.map(({ offset, length }) => {
                const region = regionAt(regions, offset);
                return (
                  <tr key={offset}>
                    <td className="ds-number">
                      <button
                        type="button"
                        className="ds-link"
                        onClick={() => controller.goTo(offset / CBT_BLOCK_SIZE)}
                      >
                        {formatOffset(offset, CBT_BLOCK_SIZE)}
                      </button>
                    </td>
                    <td className="ds-number ds-selectable">{formatCount(offset)}</td>
                    <td className="ds-number">{formatBytes(length)}</td>
                    <Where region={region} />
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
