import type { DiskWindow } from '../disk-window';
import { readUint64LE } from '../text';
import { lvmChecksum } from './checksum';

const SECTOR = 512;
const MOST_AREAS = 16;

interface Area {
  readonly offset: number;
  readonly length: number;
}

/** The label of an LVM2 physical volume. Offsets count from the volume's start, in bytes. */
export interface PvLabel {
  readonly at: number;
  /** 32 characters, without the dashes that the metadata text has. */
  readonly uuid: string;
  readonly sizeBytes: number;
  readonly metadataAreas: readonly Area[];
}

/** The label in one of the first four sectors; text when it is damaged. Source: lvm2 lib/format_text/layout.h. */
export function readPvLabel(
  head: Buffer,
  window: DiskWindow,
): PvLabel | { at: number; message: string } | undefined {
  for (let at = 0; at < 4 * SECTOR; at += SECTOR) {
    const sector = head.subarray(at, at + SECTOR);
    if (sector.toString('latin1', 0, 8) !== 'LABELONE' || sector.toString('latin1', 24, 32) !== 'LVM2 001')
      continue;
    if (lvmChecksum(sector.subarray(20)) !== sector.readUInt32LE(16)) {
      return { at, message: 'The LVM label does not match its checksum.' };
    }
    const header = sector.readUInt32LE(20);
    if (header < 32 || header + 40 > SECTOR) return { at, message: 'The LVM label points outside itself.' };
    const lists = readAreas(sector.subarray(header + 40));
    return {
      at,
      uuid: sector.toString('latin1', header, header + 32),
      sizeBytes: readUint64LE(sector, header + 32),
      metadataAreas: lists.metadata.filter(({ offset, length }) => offset + length <= window.sizeBytes),
    };
  }
  return undefined;
}

/** Two lists, each ended by an entry of zeros: data areas, then metadata areas. */
function readAreas(bytes: Buffer): { metadata: Area[] } {
  const lists: Area[][] = [[], []];
  let list = 0;
  for (let at = 0; at + 16 <= bytes.length && list < 2; at += 16) {
    const area = { offset: readUint64LE(bytes, at), length: readUint64LE(bytes, at + 8) };
    if (area.offset === 0) list++;
    else if (lists[list].length < MOST_AREAS) lists[list].push(area);
  }
  return { metadata: lists[1] };
}
