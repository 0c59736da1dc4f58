import type { DiskWindow } from '../disk-window';
import { readUint64LE } from '../text';
import { lvmChecksum } from './checksum';
import type { PvLabel } from './label';

const HEADER_BYTES = 512;
const MAGIC = ' LVM2 x[5A%r0N*>';
const MOST_TEXT = 4 * 1024 * 1024;
const IGNORED = 1;

/**
 * The current metadata text of the first metadata area that has one. The area is a ring behind its header. Throws
 * nothing: what is wrong comes back as `message`. Source: lvm2 lib/format_text/layout.h.
 */
export async function readMetadataText(
  window: DiskWindow,
  label: PvLabel,
): Promise<{ text: string } | { at: number; message: string } | undefined> {
  for (const area of label.metadataAreas) {
    const header = await window.read(area.offset, HEADER_BYTES);
    const damaged = (message: string): { at: number; message: string } => ({ at: area.offset, message });
    if (header.toString('latin1', 4, 20) !== MAGIC) return damaged('The LVM metadata area has no header.');
    if (lvmChecksum(header.subarray(4)) !== header.readUInt32LE(0)) {
      return damaged('The LVM metadata header does not match its checksum.');
    }
    const offset = readUint64LE(header, 40);
    const length = readUint64LE(header, 48);
    if (offset === 0 || length === 0 || header.readUInt32LE(60) & IGNORED) continue;
    if (
      length > MOST_TEXT ||
      offset < HEADER_BYTES ||
      offset >= area.length ||
      length > area.length - HEADER_BYTES
    ) {
      return damaged('The LVM metadata lies outside its area.');
    }
    const straight = Math.min(length, area.length - offset);
    const bytes = Buffer.concat([
      await window.read(area.offset + offset, straight),
      await window.read(area.offset + HEADER_BYTES, length - straight),
    ]);
    if (lvmChecksum(bytes) !== header.readUInt32LE(56))
      return damaged('The LVM metadata does not match its checksum.');
    return { text: bytes.toString('utf8').replace(/\0+$/u, '') };
  }
  return undefined;
}
