import type { BlockBitmap } from '../../../shared/blocks/bitmap';
import { changeStatistics } from '../../../shared/blocks/statistics';
import type { EngineClient } from '../../platform/engine-client';
import type { HeatmapController } from './heatmap-controller';

const fileName = (label: string, ending: string) =>
  `${label.replaceAll(/[^\p{L}\p{N}.-]+/gu, '-').slice(0, 100)}.${ending}`;

async function save(
  engine: EngineClient,
  label: string,
  kind: 'png' | 'csv' | 'json',
  content: Uint8Array<ArrayBuffer>,
): Promise<string | undefined> {
  const result = await engine.request('dialog.saveFile', {
    suggestedName: fileName(label, kind),
    kind,
    content,
  });
  return result.ok ? result.value : undefined;
}

/** The map as it is on the screen. */
export async function savePicture(
  engine: EngineClient,
  controller: HeatmapController,
  label: string,
): Promise<string | undefined> {
  const blob = await controller.picture();
  return save(engine, label, 'png', new Uint8Array(await blob.arrayBuffer()));
}

/** One line per run of changed blocks, offsets and lengths in bytes. */
export function saveBlocksCsv(
  engine: EngineClient,
  bitmap: BlockBitmap,
  label: string,
): Promise<string | undefined> {
  const lines = ['offset,length\n'];
  for (const { offset, length } of bitmap.extents()) lines.push(`${offset},${length}\n`);
  return save(engine, label, 'csv', new TextEncoder().encode(lines.join('')));
}

export function saveBlocksJson(
  engine: EngineClient,
  bitmap: BlockBitmap,
  label: string,
): Promise<string | undefined> {
  const content = {
    label,
    sizeBytes: bitmap.sizeBytes,
    ...changeStatistics(bitmap),
    ranges: [...bitmap.extents()],
  };
  return save(engine, label, 'json', new TextEncoder().encode(JSON.stringify(content, undefined, 1)));
}
