/** Names of folders and files of an export: readable, and accepted by every file system in use. */

/** Reserved by Windows whatever the extension. Source: learn.microsoft.com "Naming Files, Paths, and Namespaces". */
const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])$/i;
const MOST_BYTES = 80;

/**
 * A name as a part of a path: control characters and `<>:"/\|?*` become `_`, spaces become single `-`, no leading or
 * trailing dots, at most 80 bytes of UTF-8 (cut between characters). Never empty.
 */
export function safeName(name: string): string {
  const clean = name
    .slice(0, MOST_BYTES * 4) // the rest cannot count, and a pool may send megabytes
    .normalize('NFC')

    .replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff<>:"/\\|?*]/g, '_')
    .replace(/\s+/g, '-')
    .replace(/^[.\-]+|[.\-]+$/g, '');
  let short = '';
  for (const character of clean) {
    if (Buffer.byteLength(short) + Buffer.byteLength(character) > MOST_BYTES) break;
    short += character;
  }
  short = short.replace(/[.\-]+$/, '');
  if (short === '' || RESERVED.test(short.split('.')[0])) return `_${short}`;
  return short;
}

/**
 * Folder of a disk: `web-01_root-disk_1a2b3c4d`. The start of the uuid keeps disks of one name apart, also where upper
 * and lower case are the same.
 */
export function diskFolderName(vmName: string | undefined, diskName: string, diskUuid: string): string {
  const parts = vmName === undefined || diskName.startsWith(vmName) ? [diskName] : [vmName, diskName];
  return `${safeName(parts.join('_'))}_${safeName(diskUuid.slice(0, 8))}`;
}

export interface ExportFileNames {
  readonly image: string;
  readonly checksums: string;
  readonly manifest: string;
}

/** `20261123T011404Z-full.vhd` and its companions. `taken` is the time of the snapshot, `attempt` counts from 1. */
export function exportFileNames(
  taken: Date,
  kind: 'full' | 'inc',
  extension: string,
  attempt = 1,
): ExportFileNames {
  const time = taken.toISOString().replace(/\.\d+/, '').replace(/[-:]/g, '');
  const stem = `${time}-${kind}${attempt > 1 ? `-${attempt}` : ''}`;
  return { image: `${stem}.${extension}`, checksums: `${stem}.sums`, manifest: `${stem}.json` };
}

/** Whether a file of this name can only be a manifest, or the checksums, of an export. */
export const isNamedAsExport = (name: string, extension: 'json' | 'sums'): boolean =>
  name.endsWith(`.${extension}`) &&
  /^\d{8}T\d{6}Z-(full|inc)(-\d+)?$/.test(name.slice(0, -extension.length - 1));

const PARTIAL = '.partial';
/** What a file is called until it is complete. */
export const partialName = (path: string): string => `${path}${PARTIAL}`;
/** What it is called then. */
export const fullName = (partial: string): string => partial.slice(0, -PARTIAL.length);
