import type { LibraryDisk, LibraryEntry } from '../../../shared/model/library';
import { formatShortDateTime } from '../../platform/format';
import type { FolderScan } from '../../stores/library';
import type { TreeRow } from '../../ui/tree/tree-model';

export interface ExportsRow extends TreeRow {
  readonly folder: string;
  readonly scan: FolderScan | undefined;
  readonly disk?: LibraryDisk;
  readonly entry?: LibraryEntry;
}

/**
 * Folders, the disks in them, their exports, newest first.
 * @param toggled rows that are not as they are at first: folders open, disks closed
 */
export function exportRows(
  folders: readonly string[],
  scans: ReadonlyMap<string, FolderScan>,
  toggled: ReadonlySet<string>,
): ExportsRow[] {
  return folders.flatMap((folder, index) => {
    const scan = scans.get(folder);
    const disks = scan?.state === 'scanned' ? scan.disks : [];
    const id = `folder:${folder}`;
    const open = disks.length > 0 && !toggled.has(id);
    const head: ExportsRow = {
      id,
      label: folder.split(/[\\/]/).filter(Boolean).at(-1) ?? folder,
      level: 1,
      expandable: disks.length > 0,
      expanded: open,
      position: index + 1,
      siblings: folders.length,
      folder,
      scan,
    };
    if (!open) return [head];
    return [head, ...disks.flatMap((disk, at) => diskRows(head, disk, at, disks.length, toggled))];
  });
}

function diskRows(
  { folder, scan }: ExportsRow,
  disk: LibraryDisk,
  at: number,
  siblings: number,
  toggled: ReadonlySet<string>,
): ExportsRow[] {
  const id = `disk:${folder}/${disk.folder}/${disk.diskUuid}`;
  const expanded = toggled.has(id);
  const row: ExportsRow = {
    id,
    label: disk.diskName,
    level: 2,
    expandable: true,
    expanded,
    position: at + 1,
    siblings,
    folder,
    scan,
    disk,
  };
  if (!expanded) return [row];
  const links = [...disk.entries].reverse().map((entry, index): ExportsRow => ({
    id: `link:${folder}/${entry.manifestPath}`,
    label: formatShortDateTime(entry.manifest.snapshot.takenAt),
    level: 3,
    expandable: false,
    expanded: false,
    position: index + 1,
    siblings: disk.entries.length,
    folder,
    scan,
    disk,
    entry,
  }));
  return [row, ...links];
}
