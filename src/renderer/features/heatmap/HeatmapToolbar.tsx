import type { BlockBitmap } from '../../../shared/blocks/bitmap';
import { useServices } from '../../workbench/use-services';
import { saveBlocksCsv, saveBlocksJson, savePicture } from './export-map';
import type { HeatmapController, HeatmapState } from './heatmap-controller';
import { keyStep } from './model/navigation';
import { fit, zoomAt } from './model/viewport';

interface Props {
  readonly controller: HeatmapController;
  readonly state: HeatmapState;
  readonly bitmap: BlockBitmap;
  readonly label: string;
  readonly asTable: boolean;
  readonly onToggleTable: () => void;
  readonly onLayout: (layout: 'linear' | 'hilbert') => void;
}

function Tool({
  icon,
  title,
  onClick,
  pressed,
}: {
  icon: string;
  title: string;
  onClick: () => void;
  pressed?: boolean;
}) {
  return (
    <button
      type="button"
      className="heatmap-tool"
      title={title}
      aria-label={title}
      aria-pressed={pressed}
      onClick={onClick}
    >
      <span className={`codicon codicon-${icon}`} aria-hidden="true" />
    </button>
  );
}

/** Buttons over the map; each has a key of its own while the map has the focus. */
export function HeatmapToolbar({
  controller,
  state,
  bitmap,
  label,
  asTable,
  onToggleTable,
  onLayout,
}: Props) {
  const { engine, notifications } = useServices();
  const { viewport } = state;
  const zoom = (factor: number) =>
    controller.update({ viewport: zoomAt(viewport, factor, viewport.width / 2, viewport.height / 2) });
  const press = (key: string) => {
    const step = keyStep(state, key, false);
    if (step?.kind === 'position') controller.update(step.position);
  };
  const save = async (work: Promise<string | undefined>) => {
    const path = await work;
    if (path !== undefined)
      notifications.add({ severity: 'success', message: `Saved ${path}`, toast: false });
  };
  return (
    <div className="heatmap-toolbar" role="toolbar" aria-label="Map">
      <div className="heatmap-switch" role="radiogroup" aria-label="Layout">
        {(['linear', 'hilbert'] as const).map((layout) => (
          <button
            key={layout}
            type="button"
            role="radio"
            aria-checked={viewport.layout === layout}
            onClick={() => onLayout(layout)}
          >
            {layout === 'linear' ? 'Rows' : 'Hilbert'}
          </button>
        ))}
      </div>
      <span className="heatmap-gap" />
      <Tool icon="zoom-out" title="Zoom out (-)" onClick={() => zoom(0.5)} />
      <Tool icon="zoom-in" title="Zoom in (+)" onClick={() => zoom(2)} />
      <Tool
        icon="screen-full"
        title="Whole disk (0)"
        onClick={() => controller.update({ viewport: fit(viewport) })}
      />
      <span className="heatmap-gap" />
      <Tool icon="arrow-up" title="Start of the disk (Home)" onClick={() => press('Home')} />
      <Tool icon="arrow-down" title="End of the disk (End)" onClick={() => press('End')} />
      <span className="heatmap-fill" />
      <Tool icon="flame" title="Hot ranges" pressed={asTable} onClick={onToggleTable} />
      <Tool
        icon="file-media"
        title="Save as PNG"
        onClick={() => void save(savePicture(engine, controller, label))}
      />
      <Tool
        icon="table"
        title="Save changed ranges as CSV"
        onClick={() => void save(saveBlocksCsv(engine, bitmap, label))}
      />
      <Tool
        icon="json"
        title="Save changed ranges as JSON"
        onClick={() => void save(saveBlocksJson(engine, bitmap, label))}
      />
    </div>
  );
}
