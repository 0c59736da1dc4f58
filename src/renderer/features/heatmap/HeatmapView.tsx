import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { useStore } from 'zustand';
import type { HeatmapProps } from '../../workbench/registries';
import { useServices } from '../../workbench/use-services';
import { colourTable } from './drawing/colour-table';
import { HeatmapController } from './heatmap-controller';
import { HotRanges } from './HotRanges';
import { Legend } from './Legend';
import { MapCanvas } from './MapCanvas';
import { Minimap } from './Minimap';
import { fit } from './model/viewport';
import { describeBlock, describeSelection } from './readout';
import { SelectionTable } from './SelectionTable';
import { HeatmapToolbar } from './HeatmapToolbar';
import { useTheme } from './use-theme';
import './heatmap.css';

/** The changed blocks of one interval as a map, with everything needed to read it. */
export function HeatmapView(props: HeatmapProps) {
  const { settings } = useServices();
  const { heatmapLayout } = useStore(settings, (state) => state.settings);
  // A controller belongs to one disk size; another interval of the same disk keeps its zoom.
  return (
    <HeatmapOfDisk
      key={`${props.diskUuid}/${props.bitmap.blocks}`}
      {...props}
      initialLayout={heatmapLayout}
    />
  );
}

function useController(layout: 'linear' | 'hilbert', blocks: number): HeatmapController | undefined {
  const [controller, setController] = useState<HeatmapController>();
  const first = useRef({ layout, blocks });
  useEffect(() => {
    const created = new HeatmapController(first.current.layout, first.current.blocks);
    setController(created);
    return () => created.dispose();
  }, []);
  return controller;
}

function HeatmapOfDisk(props: HeatmapProps & { readonly initialLayout: 'linear' | 'hilbert' }) {
  const controller = useController(props.initialLayout, props.bitmap.blocks);
  return controller === undefined ? null : <Heatmap {...props} controller={controller} />;
}

function Heatmap({
  bitmap,
  label,
  fromUuid,
  toUuid,
  controller,
}: HeatmapProps & { readonly controller: HeatmapController }) {
  const { settings, selection } = useServices();
  const theme = useTheme();
  const colours = useStore(settings, (state) => state.settings.heatmapColours);
  const state = useSyncExternalStore(controller.subscribe, controller.snapshot);
  const [hovered, setHovered] = useState<number>();
  const [asTable, setAsTable] = useState(false);
  const table = useMemo(() => colourTable(theme, colours), [theme, colours]);
  const { layer } = controller.load(`${fromUuid}/${toUuid}`, bitmap);

  useEffect(() => controller.show({ kind: 'changes', layer }), [controller, layer]);
  const block = hovered ?? state.cursor;
  const text = describeSelection(state.selection, bitmap) ?? describeBlock(block, state.viewport, bitmap);
  useEffect(() => {
    selection.setCursorText(text);
    return () => selection.setCursorText('');
  }, [selection, text]);

  if (state.broken !== undefined) {
    return (
      <p role="alert" className="heatmap-broken">
        The map cannot be drawn: {state.broken} Close and reopen this editor to try again; the numbers beside
        it are not affected.
      </p>
    );
  }
  return (
    <section className="heatmap" aria-label={`Changed blocks, ${label}`}>
      <HeatmapToolbar
        controller={controller}
        state={state}
        bitmap={bitmap}
        label={label}
        asTable={asTable}
        onToggleTable={() => setAsTable(!asTable)}
        onLayout={(layout) => controller.update({ viewport: fit({ ...state.viewport, layout }) })}
      />
      <Minimap
        controller={controller}
        layer={layer}
        state={state}
        colours={table}
        sizeBytes={bitmap.sizeBytes}
      />
      <div className="heatmap-stage">
        <MapCanvas
          controller={controller}
          state={state}
          colours={table}
          seekLayer={layer}
          onHover={setHovered}
          label={`Map of ${label}. Arrow keys move, plus and minus zoom, N and P go to the next and previous change, Shift with arrows selects.`}
        />
        {asTable && <HotRanges controller={controller} layer={layer} bitmap={bitmap} state={state} />}
      </div>
      <footer className="heatmap-footer">
        <output className="heatmap-readout">{text || 'Point at the map, or use the arrow keys'}</output>
        <Legend theme={theme} colours={colours} viewport={state.viewport} />
      </footer>
      {state.selection && (
        <SelectionTable controller={controller} layer={layer} range={state.selection} bitmap={bitmap} />
      )}
    </section>
  );
}
