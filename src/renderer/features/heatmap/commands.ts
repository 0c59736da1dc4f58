import type { Command } from '../../platform/commands';
import type { Services } from '../../workbench/services';
import type { ActiveMap } from './active-map';
import { byteRange, ddText, extentsText, nbdText, rangeText, type ByteRange } from './export/copy-text';
import { saveList, savePicture, type Shown } from './export/save';
import { saveRangeCommand } from './export/save-range';
import { heatmapCommand as command } from './heatmap-command';
import type { HeatmapController } from './heatmap-controller';
import { goToRange } from './map/RegionStrip';
import { modeCommands } from './mode-commands';
import { keyStep } from './model/navigation';
import { blocksOf, kindOf, pathName } from './model/regions';
import { fit, type Viewport } from './model/viewport';

const SHOWN = 'heatmap.shown';
const SELECTION = 'heatmap.selection';
/** Copied extents beyond this would fill the clipboard for nothing: saving as CSV is for those. */
const MOST_COPIED = 100_000;

/** What can be done with the map that is used now. */
export function registerHeatmapCommands(services: Services, active: ActiveMap): void {
  services.commands.register(
    ...viewCommands(active),
    ...modeCommands(services, active),
    ...rangeCommands(services, active),
    ...saveCommands(services, active),
    saveRangeCommand(services, active),
    goToRegion(services, active),
  );
}

function viewCommands(active: ActiveMap): Command[] {
  const withMap = (act: (controller: HeatmapController, shown: Shown) => void | Promise<void>) => () => {
    const shown = active.current?.shown();
    return shown === undefined ? undefined : act(shown.controller, shown);
  };
  const key = (name: string) =>
    withMap((controller) => {
      const step = keyStep(controller.snapshot(), name, false);
      if (step?.kind === 'position') controller.update(step.position);
    });
  const layout = (to: Viewport['layout']) =>
    withMap((controller) =>
      controller.update({ viewport: fit({ ...controller.snapshot().viewport, layout: to }) }),
    );
  return [
    command('zoomIn', 'Zoom In', 'zoom-in', SHOWN, key('+')),
    command('zoomOut', 'Zoom Out', 'zoom-out', SHOWN, key('-')),
    command('fit', 'Show the Whole Disk', 'screen-full', SHOWN, key('0')),
    command('start', 'Go to the Start of the Disk', 'arrow-up', SHOWN, key('Home')),
    command('end', 'Go to the End of the Disk', 'arrow-down', SHOWN, key('End')),
    command(
      'nextChange',
      'Next Change',
      'arrow-right',
      SHOWN,
      withMap((controller, { scene }) => controller.seek(scene.shown, 'next')),
    ),
    command(
      'previousChange',
      'Previous Change',
      'arrow-left',
      SHOWN,
      withMap((controller, { scene }) => controller.seek(scene.shown, 'previous')),
    ),
    command('rows', 'Lay Out in Rows', 'list-flat', SHOWN, layout('linear')),
    command('hilbert', 'Lay Out along a Hilbert Curve', 'layers', SHOWN, layout('hilbert')),
  ];
}

function rangeCommands({ engine, notifications }: Services, active: ActiveMap): Command[] {
  const withRange =
    (act: (range: ByteRange, shown: Shown) => void | Promise<void>) => async (): Promise<void> => {
      const shown = active.current?.shown();
      const selection = shown?.controller.snapshot().selection;
      if (shown !== undefined && selection !== undefined)
        await act(byteRange(selection, shown.scene.sizeBytes), shown);
    };
  const copy = async (text: string, what: string) => {
    const done = await engine.ask('clipboard.write', text);
    if (done !== undefined)
      notifications.add({ severity: 'success', message: `${what} copied to the clipboard.`, toast: false });
  };
  return [
    command('zoomToSelection', 'Zoom to Selection', 'zoom-in', SELECTION, () => {
      const shown = active.current?.shown();
      const selection = shown?.controller.snapshot().selection;
      if (shown !== undefined && selection !== undefined) goToRange(shown.controller, selection);
    }),
    command('clearSelection', 'Clear Selection', 'close', SELECTION, () => {
      active.current?.shown()?.controller.update({ selection: undefined, anchor: undefined });
    }),
    command(
      'copyRange',
      'Copy Byte Range',
      'copy',
      SELECTION,
      withRange((range) => copy(rangeText(range), 'Byte range')),
    ),
    command(
      'copyDd',
      'Copy as dd Command',
      'terminal',
      SELECTION,
      withRange((range) => copy(ddText(range), 'dd command')),
    ),
    command(
      'copyNbd',
      'Copy as NBD Command',
      'terminal',
      SELECTION,
      withRange((range) => copy(nbdText(range), 'NBD command')),
    ),
    command(
      'copyExtents',
      'Copy Changed Extents',
      'copy',
      SELECTION,
      withRange(async (_range, { controller, scene }) => {
        const range = controller.snapshot().selection!;
        const found = await controller.worker.ask('extents', {
          layer: scene.shown,
          range,
          limit: MOST_COPIED,
        });
        if (found.count > MOST_COPIED) {
          notifications.add({
            severity: 'warning',
            message: 'The selection holds too many changed extents to copy.',
            nextStep: 'Save it as CSV instead, or select less.',
          });
        } else await copy(extentsText(found.extents), 'Changed extents');
      }),
    ),
  ];
}

function saveCommands(services: Services, active: ActiveMap): Command[] {
  const withShown = (act: (shown: Shown) => Promise<void>) => async (): Promise<void> => {
    const shown = active.current?.shown();
    if (shown !== undefined) await act(shown);
  };
  return [
    command(
      'savePng',
      'Save Map as PNG…',
      'device-camera',
      SHOWN,
      withShown((shown) => savePicture(services, shown)),
    ),
    command(
      'saveCsv',
      'Save Changed Extents as CSV…',
      'table',
      SHOWN,
      withShown((shown) => saveList(services, shown, 'csv')),
    ),
    command(
      'saveJson',
      'Save Changed Extents as JSON…',
      'json',
      SHOWN,
      withShown((shown) => saveList(services, shown, 'json')),
    ),
  ];
}

function goToRegion({ quickInput }: Services, active: ActiveMap): Command {
  return command('goToRegion', 'Go to Partition…', 'list-tree', 'heatmap.regions', () => {
    const shown = active.current?.shown();
    if (shown === undefined) return;
    quickInput.pick({
      title: 'Go to partition',
      placeholder: 'Choose what to show',
      items: shown.regions.map((nested) => ({
        id: `${nested.region.offset}/${nested.depth}`,
        label: pathName(nested),
        description: kindOf(nested.region),
        run: () => goToRange(shown.controller, blocksOf(nested.region)),
      })),
    });
  });
}
