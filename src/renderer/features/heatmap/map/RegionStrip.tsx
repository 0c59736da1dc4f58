import { Button } from '../../../ui/button';
import { formatBytes } from '../../../platform/format';
import type { HeatmapController } from '../heatmap-controller';
import { blocksOf, kindOf, nameOf, type NestedRegion } from '../model/regions';
import { showRange } from '../model/viewport';
import type { LayoutState } from '../scene/use-layout';

interface Props {
  readonly controller: HeatmapController;
  readonly layout: LayoutState;
  readonly sizeBytes: number;
}

/** Partitions and what else lies on the disk as labelled bands over the minimap. Press one to see it. */
export function RegionStrip({ controller, layout, sizeBytes }: Props) {
  if (layout.state === 'loading') return <p className="heatmap-layout-note">Reading the partitions…</p>;
  if (layout.state === 'unreadable') {
    return (
      <p className="heatmap-layout-note">
        Partitions are not shown: there is no snapshot with data to read them from that no job is reading.
      </p>
    );
  }
  if (layout.state === 'failed') {
    return (
      <p className="heatmap-layout-note">
        Partitions are not shown. {layout.failure.message} {layout.failure.nextStep}{' '}
        <Button kind="link" onClick={layout.retry}>
          Read them again
        </Button>
      </p>
    );
  }
  const outer = layout.regions.filter(({ depth, region }) => depth === 0 && region.offset < sizeBytes);
  return (
    <ul className="heatmap-bands" aria-label="Partitions">
      {outer.map((nested) => (
        <Band key={nested.region.offset} controller={controller} nested={nested} sizeBytes={sizeBytes} />
      ))}
    </ul>
  );
}

function Band({
  controller,
  nested: { region },
  sizeBytes,
}: {
  controller: HeatmapController;
  nested: NestedRegion;
  sizeBytes: number;
}) {
  const blocks = blocksOf(region);
  const what = [nameOf(region), kindOf(region)].filter(Boolean).join(' · ');
  // The list is one of partitions: where there is little room, the number will do.
  const [, kind = '', rest] = /^(Partition )?(.*)$/.exec(what) ?? ['', '', what];
  return (
    <li
      style={{
        // A sliver at the end stays inside.
        left: `min(${(region.offset / sizeBytes) * 100}%, 100% - 4px)`,
        // What was added to the disk after this interval lies beyond the map.
        width: `${(Math.min(region.length, sizeBytes - region.offset) / sizeBytes) * 100}%`,
      }}
    >
      <button
        type="button"
        className="heatmap-band"
        data-kind={region.kind}
        title={`${what}\n${formatBytes(region.length)} from ${formatBytes(region.offset)}`}
        aria-label={`Show ${what}, ${formatBytes(region.length)}`}
        onPointerEnter={() => controller.update({ highlight: blocks })}
        onPointerLeave={() => controller.update({ highlight: undefined })}
        onClick={() => goToRange(controller, blocks)}
      >
        <span>
          {kind !== '' && <i>{kind}</i>}
          {rest}
        </span>
      </button>
    </li>
  );
}

/** Shows some blocks as large as they fit, with the cursor on the first. */
export function goToRange(controller: HeatmapController, range: { first: number; end: number }): void {
  const { viewport } = controller.snapshot();
  const end = Math.min(range.end, viewport.blocks);
  if (range.first >= end) return;
  controller.update({
    viewport: showRange(viewport, { first: range.first, end }),
    cursor: range.first,
    anchor: undefined,
  });
}
