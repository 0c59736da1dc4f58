import type { DiskWindow } from '../disk-window';
import type { WindowFault } from '../identified';
import { parseConfig } from './config-text';
import { readPvLabel } from './label';
import { readMetadataText } from './metadata-area';
import { type VolumeGroup, volumesOf } from './volumes';

export interface PhysicalVolume {
  /** With dashes, as LVM's tools show it. */
  readonly uuid: string | undefined;
  readonly group: VolumeGroup | undefined;
  readonly faults: readonly WindowFault[];
}

/** What an LVM2 physical volume holds, or undefined when the window is none. */
export async function readPhysicalVolume(
  head: Buffer,
  window: DiskWindow,
): Promise<PhysicalVolume | undefined> {
  const label = readPvLabel(head, window);
  if (!label) return undefined;
  if ('message' in label) return broken(undefined, label.at, label.message);
  const uuid = label.uuid.replace(/^(.{6})(.{4})(.{4})(.{4})(.{4})(.{4})(.{6})$/, '$1-$2-$3-$4-$5-$6-$7');
  const metadata = await readMetadataText(window, label);
  if (!metadata) return { uuid, group: undefined, faults: [] };
  if ('message' in metadata) return broken(uuid, metadata.at, metadata.message);
  const text = parseConfig(metadata.text);
  if (!text) return broken(uuid, label.at, 'The LVM metadata cannot be read.');
  const group = volumesOf(text, label.uuid, window.sizeBytes);
  if (!group) return broken(uuid, label.at, 'The LVM metadata does not describe this physical volume.');
  return { uuid, group, faults: [] };
}

function broken(uuid: string | undefined, offset: number, message: string): PhysicalVolume {
  return { uuid, group: undefined, faults: [{ offset, message }] };
}
