import type { DiskRegion } from '../../../shared/model/partition';
import type { DiskWindow } from './disk-window';
import { gapsIn } from './free-space';
import { HEAD_BYTES, identify } from './identify';
import type { Identified, WindowFault } from './identified';
import type { LayoutBuilder } from './layout-builder';
import type { LogicalVolume, VolumeGroup } from './lvm/volumes';
import { readPhysicalVolume } from './lvm/physical-volume';
import { plainText } from './text';

/** What is known about a window from the outside. */
export type Outer = Pick<DiskRegion, 'kind' | 'name' | 'note'>;

/** Adds the window's regions to the layout: itself, and what is inside. */
export async function describeWindow(window: DiskWindow, outer: Outer, layout: LayoutBuilder): Promise<void> {
  const head = await window.read(0, HEAD_BYTES);
  // A physical volume inside a logical one could claim to hold itself.
  const volume = outer.kind === 'volume' ? undefined : await readPhysicalVolume(head, window);
  if (volume) {
    const { uuid, group } = volume;
    const note = join(outer.note, group && `volume group "${plainText(group.name) ?? ''}"`);
    addRegions(window, { ...outer, note, fileSystem: 'LVM2 physical volume', uuid }, layout);
    addFaults(window, volume.faults, layout);
    if (group) await describeGroup(window, group, layout);
    return;
  }
  const found = await identify(head, window);
  addRegions(window, { ...outer, ...(found && summaryOf(window, found, outer)) }, layout);
  for (const { name, offset, length } of found?.details ?? []) {
    for (const range of window.locate(offset, length)) layout.region({ ...range, kind: 'detail', name });
  }
  addFaults(window, found?.faults ?? [], layout);
}

async function describeGroup(window: DiskWindow, group: VolumeGroup, layout: LayoutBuilder): Promise<void> {
  for (const volume of group.volumes) {
    await describeVolume(window, group.name, volume, layout);
  }
  const taken = group.volumes.flatMap(({ pieces }) => pieces);
  // Where parts are stored in a way that is not understood, nothing can be called free.
  if (group.volumes.some(({ complete }) => !complete)) return;
  for (const gap of gapsIn(group.extents, taken)) {
    for (const range of window.locate(gap.offset, gap.length)) {
      layout.region({
        ...range,
        kind: 'free',
        name: `Free in ${plainText(group.name) ?? 'the volume group'}`,
      });
    }
  }
}

async function describeVolume(
  window: DiskWindow,
  group: string,
  volume: LogicalVolume,
  layout: LayoutBuilder,
): Promise<void> {
  const outer: Outer = {
    kind: 'volume',
    name: plainText(`${group}/${volume.name}`) ?? 'volume',
    note: volume.note,
  };
  const onDisk = volume.pieces.flatMap(({ offset, length }) => window.locate(offset, length));
  if (onDisk.length === 0) return;
  const inner = window.of(...onDisk);
  if (volume.complete) await describeWindow(inner, outer, layout);
  else addRegions(inner, outer, layout);
}

function summaryOf(window: DiskWindow, found: Identified, outer: Outer): Partial<DiskRegion> {
  const { fileSystem, label, uuid, usedBytes, sizeBytes } = found;
  const tooLarge = sizeBytes !== undefined && sizeBytes > window.sizeBytes;
  const size = tooLarge ? `the file system is larger (${sizeBytes} bytes)` : undefined;
  return {
    fileSystem,
    label,
    uuid,
    usedBytes: usedBytes !== undefined && usedBytes <= window.sizeBytes ? usedBytes : undefined,
    note: join(outer.note, found.note, size),
  };
}

/** One region per range that the window has on the disk. */
function addRegions(
  window: DiskWindow,
  region: Omit<DiskRegion, 'offset' | 'length'>,
  layout: LayoutBuilder,
): void {
  const present = Object.fromEntries(Object.entries(region).filter(([, value]) => value !== undefined));
  for (const range of window.ranges) layout.region({ ...range, ...(present as typeof region) });
}

function addFaults(window: DiskWindow, faults: readonly WindowFault[], layout: LayoutBuilder): void {
  for (const { offset, message } of faults) {
    const at = window.locate(offset, 1)[0]?.offset ?? window.ranges[0]?.offset ?? 0;
    layout.fault(at, message);
  }
}

function join(...parts: (string | undefined)[]): string | undefined {
  const known = parts.filter((part) => part !== undefined);
  return known.length === 0 ? undefined : known.join(', ');
}
