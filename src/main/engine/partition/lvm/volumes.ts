import type { DiskRange } from '../disk-window';
import type { ConfigSection, ConfigValue } from './config-text';

const SECTOR = 512;
const MOST_VOLUMES = 256;
const MOST_SEGMENTS = 1024;

/** A logical volume as far as it lies on one physical volume. Offsets count from that volume's start, in bytes. */
export interface LogicalVolume {
  readonly name: string;
  readonly uuid: string | undefined;
  /** In the volume's own order. */
  readonly pieces: readonly DiskRange[];
  /** Every byte of the volume is in `pieces`. */
  readonly complete: boolean;
  /** Why it is not complete. */
  readonly note: string | undefined;
}

export interface VolumeGroup {
  readonly name: string;
  /** Where this physical volume's extents begin and how many bytes they take. */
  readonly extents: DiskRange;
  readonly volumes: readonly LogicalVolume[];
}

/** What the metadata says about the physical volume with this uuid; undefined when it does not name it. */
export function volumesOf(text: ConfigSection, uuid: string, pvBytes: number): VolumeGroup | undefined {
  for (const [name, group] of text) {
    if (!isSection(group)) continue;
    const extentBytes = numberIn(group, 'extent_size') * SECTOR;
    const pv = [...sectionsIn(group, 'physical_volumes')].find(([, section]) => plainId(section) === uuid);
    if (!pv || !(extentBytes > 0)) continue;
    const [pvName, pvSection] = pv;
    const start = numberIn(pvSection, 'pe_start') * SECTOR;
    const length = numberIn(pvSection, 'pe_count') * extentBytes;
    if (!(start >= 0 && length > 0 && start + length <= pvBytes)) return undefined;
    const extents = { offset: start, length };
    const volumes = [...sectionsIn(group, 'logical_volumes')]
      .slice(0, MOST_VOLUMES)
      .map(([lv, section]) => volumeOf(lv, section, pvName, extents, extentBytes));
    return { name, extents, volumes };
  }
  return undefined;
}

function volumeOf(
  name: string,
  section: ConfigSection,
  pvName: string,
  extents: DiskRange,
  extentBytes: number,
): LogicalVolume {
  const pieces: DiskRange[] = [];
  const count = numberIn(section, 'segment_count');
  let missing = count >= 1 && count <= MOST_SEGMENTS ? undefined : 'its segments are not readable';
  for (let index = 1; missing !== 'its segments are not readable' && index <= count; index++) {
    const segment = section.get(`segment${index}`);
    const piece = isSection(segment)
      ? pieceOf(segment, pvName, extents, extentBytes)
      : 'its segments are not readable';
    if (typeof piece === 'string') missing = piece;
    else pieces.push(piece);
  }
  return { name, uuid: textIn(section, 'id'), pieces, complete: missing === undefined, note: missing };
}

/** Where a linear segment lies on this physical volume, or why it does not. */
function pieceOf(
  segment: ConfigSection,
  pvName: string,
  extents: DiskRange,
  extentBytes: number,
): DiskRange | string {
  const type = segment.get('type');
  if (type !== 'striped' || numberIn(segment, 'stripe_count') !== 1) {
    return `not linear (${typeof type === 'string' ? type : 'unknown type'})`;
  }
  const stripes = segment.get('stripes');
  if (!Array.isArray(stripes)) return 'its segments are not readable';
  const [device, extent] = stripes as readonly unknown[];
  if (device !== pvName) return 'partly on another physical volume';
  const length = numberIn(segment, 'extent_count') * extentBytes;
  const offset = extents.offset + Number(extent) * extentBytes;
  const fits = offset >= extents.offset && length > 0 && offset + length <= extents.offset + extents.length;
  return fits ? { offset, length } : 'its segments are not readable';
}

const isSection = (value: ConfigValue | undefined): value is ConfigSection => value instanceof Map;

function* sectionsIn(section: ConfigSection, key: string): Generator<[string, ConfigSection]> {
  const inner = section.get(key);
  if (!isSection(inner)) return;
  for (const [name, value] of inner) if (isSection(value)) yield [name, value];
}

function numberIn(section: ConfigSection, key: string): number {
  const value = section.get(key);
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : Number.NaN;
}

function textIn(section: ConfigSection, key: string): string | undefined {
  const value = section.get(key);
  return typeof value === 'string' ? value : undefined;
}

const plainId = (section: ConfigSection): string | undefined => textIn(section, 'id')?.replaceAll('-', '');
