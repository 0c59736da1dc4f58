import type { LibraryDisk, LibraryEntry, LibraryProblem, LibraryScan } from '../../../shared/model/library';
import { formatShortDateTime } from '../../platform/format';
import type { FolderScan } from '../../stores/library';
import type { TreeRow } from '../../ui/tree/tree-model';

export interface ExportsRow extends TreeRow {
  readonly folder: string;
  readonly scan: FolderScan | undefined;
  readonly disk?: LibraryDisk;
  readonly entry?: LibraryEntry;
  /** A manifest that cannot be used. */
  readonly problem?: LibraryProblem;
}

/**
 * Folders, what cannot be read in them, the disks, their exports, newest first.
 * @param toggled rows that are not as they are at first: folders open, disks closed
 */
export function exportRows(
  folders: readonly string[],
  scans: ReadonlyMap<string, FolderScan>,
  toggled: ReadonlySet<string>,
): ExportsRow[] {
  return folders.flatMap((folder, index) => {
    const scan = scans.get(folder);
    const { disks, problems } = scan?.state === 'scanned' ? scan : NOTHING;
    const children = problems.length + disks.length;
    const id = `folder:${folder}`;
    const open = children > 0 && !toggled.has(id);
    const head: ExportsRow = {
      id,
      label: lastName(folder),
      level: 1,
      expandable: children > 0,
      expanded: open,
      position: index + 1,
      siblings: folders.length,
      folder,
      scan,
    };
    if (!open) return [head];
    return [
      head,
      ...problems.map((problem, at) => problemRow(head, problem, at, children)),
      ...disks.flatMap((disk, at) => diskRows(head, disk, problems.length + at, children, toggled)),
    ];
  });
}

const NOTHING: LibraryScan = { disks: [], problems: [] };
const lastName = (path: string): string => path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;

function problemRow(
  { folder, scan }: ExportsRow,
  problem: LibraryProblem,
  at: number,
  siblings: number,
): ExportsRow {
  return {
    id: `problem:${folder}/${problem.path}`,
    label: lastName(problem.path),
    level: 2,
    expandable: false,
    expanded: false,
    position: at + 1,
    siblings,
    folder,
    scan,
    problem,
  };
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
