import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import { formatBytes } from '../../../platform/format';
import type { HeatmapController } from '../heatmap-controller';
import { goToRange } from '../map/RegionStrip';
import type { HotRange } from '../model/hot-ranges';
import { formatOffset } from '../model/offsets';
import { regionAt, type NestedRegion } from '../model/regions';
import type { Scene } from '../scene/scene';
import { ShareBar } from './ShareBar';
import { Where } from './Where';
import { useAnswer } from './use-answer';

interface Props {
  readonly controller: HeatmapController;
  readonly scene: Scene;
  readonly regions: readonly NestedRegion[];
}

/** Where most of the changes are, most first. */
export function HotRanges({ controller, scene, regions }: Props) {
  const { shown, sizeBytes } = scene;
  const found = useAnswer(`${shown}`, async () => {
    const [ranges, [total]] = await Promise.all([
      controller.worker.ask('hot', { layer: shown }),
      controller.worker.ask('bytes', { layer: shown, ranges: [{ offset: 0, length: sizeBytes }] }),
    ]);
    return { ranges, total };
  });
  if (found === undefined) return null;
  if (found.ranges.length === 0) return <p className="heatmap-nothing">Nothing changed here.</p>;
  const show = ({ firstBlock, endBlock }: HotRange) => {
    const range = { first: firstBlock, end: endBlock };
    goToRange(controller, range);
    controller.update({ selection: range });
  };
  return (
    <div className="ds-table-frame heatmap-table" tabIndex={0} role="region" aria-label="Hot ranges">
      <table className="ds-table">
        <thead>
          <tr>
            <th scope="col" className="ds-number">
              From
            </th>
            <th scope="col" className="ds-number">
              Length
            </th>
            <th scope="col" className="ds-number">
              Changed
            </th>
            <th scope="col">Of all changes</th>
            <th scope="col">In</th>
          </tr>
        </thead>
        <tbody>
          {found.ranges.map((range) => {
            const offset = range.firstBlock * CBT_BLOCK_SIZE;
            const length = Math.min(range.endBlock * CBT_BLOCK_SIZE, sizeBytes) - offset;
            const region = regionAt(regions, offset);
            return (
              <tr key={range.firstBlock}>
                <td className="ds-number">
                  <button type="button" className="ds-link" onClick={() => show(range)}>
                    {formatOffset(offset, CBT_BLOCK_SIZE)}
                  </button>
                </td>
                <td className="ds-number">{formatBytes(length)}</td>
                <td className="ds-number">{formatBytes(range.changedBytes)}</td>
                <td>
                  <ShareBar part={range.changedBytes} whole={found.total} />
                </td>
                <Where region={region} />
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
