import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import { formatBytes, formatCount } from '../../../platform/format';
import type { Services } from '../../../workbench/services';
import type { Theme } from '../../../theme';
import type { ColourTable } from '../drawing/painter';
import type { HeatmapController } from '../heatmap-controller';
import type { MapIntervals } from '../model/intervals';
import { legendEntries } from '../model/legend';
import { leaves, type NestedRegion } from '../model/regions';
import { geometry, showsAll } from '../model/viewport';
import type { Scene } from '../scene/scene';
import { byteRange } from './copy-text';
import { composePicture } from './compose-picture';

/** What is on the map, and how it looks. */
export interface Shown {
  readonly controller: HeatmapController;
  readonly scene: Scene;
  readonly label: string;
  readonly regions: readonly NestedRegion[];
  readonly theme: Theme;
  readonly colours: ColourTable;
  readonly live: boolean;
  /** A job of this disk can be shown over it. */
  readonly hasJob: boolean;
  /** It is known which of its blocks truly differ. */
  readonly hasDifference: boolean;
  /** Absent where the map shows no interval. */
  readonly intervals: MapIntervals | undefined;
}

/** A list is cut here: more rows are of no use to a spreadsheet. */
const MOST_ROWS = 1_000_000;

export const fileName = (label: string, ending: string) =>
  `${label.replaceAll(/[^\p{L}\p{N}.-]+/gu, '-').slice(0, 100)}.${ending}`;

type SaveServices = Pick<Services, 'engine' | 'notifications'>;

async function save(
  { engine, notifications }: SaveServices,
  label: string,
  kind: 'png' | 'csv' | 'json',
  content: Uint8Array<ArrayBuffer>,
  nextStep?: string,
): Promise<void> {
  const answer = await engine.ask('dialog.saveFile', { suggestedName: fileName(label, kind), kind, content });
  if (answer?.value === undefined) return;
  notifications.add({
    severity: nextStep === undefined ? 'success' : 'warning',
    message: `Saved ${answer.value}`,
    toast: nextStep !== undefined,
    ...(nextStep === undefined ? {} : { nextStep }),
  });
}

/** The map as it is on the screen, with its title and legend. */
export async function savePicture(services: SaveServices, shown: Shown): Promise<void> {
  const { controller, scene, label, theme, colours, live } = shown;
  const { canvas } = controller;
  if (canvas === undefined) return;
  const { viewport } = controller.snapshot();
  const { blocksPerCell } = geometry(viewport);
  const content = await composePicture(canvas, viewport.density, theme, colours, {
    title: label,
    lines: [
      scene.title,
      [
        showsAll(viewport) ? 'whole disk' : 'part of the disk',
        formatBytes(scene.sizeBytes),
        `1 cell = ${formatBytes(blocksPerCell * CBT_BLOCK_SIZE)}`,
        viewport.layout === 'linear' ? 'rows from the first byte' : 'along a Hilbert curve',
      ].join(' · '),
    ],
    legend: legendEntries(scene.legend, blocksPerCell, live),
  });
  await save(services, label, 'png', content);
}

/** The changed extents of what is shown: of the selection if there is one, else of the whole disk. */
export async function saveList(services: SaveServices, shown: Shown, format: 'csv' | 'json'): Promise<void> {
  const { controller, scene, label, regions } = shown;
  const { selection } = controller.snapshot();
  const range = selection ?? { first: 0, end: scene.blocks };
  const listing = await controller.worker.ask('list', {
    layers: scene.listed,
    telling: scene.telling,
    range,
    regions: leaves(regions),
    format,
    limit: MOST_ROWS,
  });
  const nextStep = listing.complete
    ? undefined
    : `Only the first ${formatCount(MOST_ROWS)} extents are in it. Select a part of the disk and save again for the others.`;
  const content = format === 'csv' ? listing.text : withHead(scene, label, range, listing);
  await save(services, label, format, content, nextStep);
}

function withHead(
  scene: Scene,
  label: string,
  range: { first: number; end: number },
  { text, complete }: { text: Uint8Array<ArrayBuffer>; complete: boolean },
): Uint8Array<ArrayBuffer> {
  const head = JSON.stringify({
    disk: label,
    shows: scene.title,
    sizeBytes: scene.sizeBytes,
    blockSize: CBT_BLOCK_SIZE,
    range: byteRange(range, scene.sizeBytes),
    complete,
  });
  const parts = [
    new TextEncoder().encode(`${head.slice(0, -1)},"extents":`),
    text,
    new TextEncoder().encode('}\n'),
  ];
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
