import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import { formatBytes, formatShare } from '../../../platform/format';
import { FailureNote } from '../../../ui/states';
import { Button } from '../../../ui/button';
import type { HeatmapController } from '../heatmap-controller';
import { goToRange } from '../map/RegionStrip';
import { formatOffset } from '../model/offsets';
import { blocksOf, kindOf, nameOf, pathName, type NestedRegion } from '../model/regions';
import type { Scene } from '../scene/scene';
import type { LayoutState } from '../scene/use-layout';
import { ShareBar } from './ShareBar';
import { useAnswer } from './use-answer';

interface Props {
  readonly controller: HeatmapController;
  readonly scene: Scene;
  readonly layout: LayoutState;
}

/** What it is that changes: the changed bytes of each partition and what lies in it. */
export function Regions({ controller, scene, layout }: Props) {
  if (layout.state === 'loading') return <p className="heatmap-nothing">Reading the partitions…</p>;
  if (layout.state === 'unreadable') {
    return (
      <p className="heatmap-nothing">
        No snapshot of this disk still holds its data, so its partitions cannot be read. Take a snapshot, or
        keep the data of the next one.
      </p>
    );
  }
  if (layout.state === 'failed') {
    return (
      <FailureNote failure={layout.failure}>
        <Button kind="link" onClick={layout.retry}>
          Read them again
        </Button>
      </FailureNote>
    );
  }
  return <RegionTable controller={controller} scene={scene} layout={layout} />;
}

function RegionTable({
  controller,
  scene: { shown, sizeBytes },
  layout: { layout, regions },
}: {
  controller: HeatmapController;
  scene: Scene;
  layout: Extract<LayoutState, { state: 'known' }>;
}) {
  const found = useAnswer(`${shown} ${regions.length}`, () =>
    controller.worker.ask('bytes', {
      layer: shown,
      ranges: [{ offset: 0, length: sizeBytes }, ...regions.map(({ region }) => region)],
    }),
  );
  if (found === undefined) return null;
  const [total, ...changed] = found;
  return (
    <>
      <Answer regions={regions} changed={changed} total={total} />
      {layout.faults.map(({ offset, message }) => (
        <p key={`${offset} ${message}`} className="heatmap-fault">
          At {formatOffset(offset, 512)}: {message}
        </p>
      ))}
      <div className="ds-table-frame heatmap-table" tabIndex={0} role="region" aria-label="Partitions">
        <table className="ds-table">
          <thead>
            <tr>
              <th scope="col">Region</th>
              <th scope="col">What it is</th>
              <th scope="col" className="ds-number">
                From
              </th>
              <th scope="col" className="ds-number">
                Size
              </th>
              <th scope="col" className="ds-number">
                Changed
              </th>
              <th scope="col" className="ds-number">
                Of it
              </th>
              <th scope="col">Of all changes</th>
            </tr>
          </thead>
          <tbody>
            {regions.map((nested, at) => (
              <Row
                key={`${nested.region.offset} ${nested.region.length} ${nested.depth}`}
                controller={controller}
                nested={nested}
                changed={changed[at] ?? 0}
                total={total}
              />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Row({
  controller,
  nested: { region, depth },
  changed,
  total,
}: {
  controller: HeatmapController;
  nested: NestedRegion;
  changed: number;
  total: number;
}) {
  const blocks = blocksOf(region);
  return (
    <tr
      onPointerEnter={() => controller.update({ highlight: blocks })}
      onPointerLeave={() => controller.update({ highlight: undefined })}
    >
      <th scope="row" style={{ paddingLeft: 10 + depth * 16 }}>
        <button type="button" className="ds-link" onClick={() => goToRange(controller, blocks)}>
          {nameOf(region)}
        </button>
      </th>
      <td title={region.note}>{kindOf(region)}</td>
      <td className="ds-number">{formatOffset(region.offset, CBT_BLOCK_SIZE)}</td>
      <td className="ds-number">{formatBytes(region.length)}</td>
      <td className="ds-number">{formatBytes(changed)}</td>
      <td className="ds-number">{formatShare(changed, region.length)}</td>
      <td>
        <ShareBar part={changed} whole={total} />
      </td>
    </tr>
  );
}

/** The question that brings people here, answered in a sentence. */
function Answer({
  regions,
  changed,
  total,
}: {
  regions: readonly NestedRegion[];
  changed: readonly number[];
  total: number;
}) {
  if (total === 0) return null;
  // The innermost region that still holds most of what its outer one holds says it best.
  let best: { nested: NestedRegion; bytes: number } | undefined;
  regions.forEach((nested, at) => {
    const bytes = changed[at] ?? 0;
    const inside = best !== undefined && nested.path.includes(best.nested.region);
    if (best === undefined || bytes > best.bytes || (inside && bytes * 2 > best.bytes))
      best = { nested, bytes };
  });
  if (best === undefined) return null;
  const { nested, bytes } = best;
  const kind = kindOf(nested.region);
  return (
    <p className="heatmap-answer">
      <strong>{formatShare(bytes, total)}</strong> of what changed lies in{' '}
      <strong>
        {pathName(nested)}
        {kind === '' ? '' : ` (${kind})`}
      </strong>
      : {formatBytes(bytes)}, {formatShare(bytes, nested.region.length)} of it.
    </p>
  );
}
