import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { LibraryDisk } from '../../../shared/model/library';
import { plural } from '../../platform/format';
import type { FolderScan } from '../../stores/library';
import { Icon } from '../../ui/icon';
import { IconButton } from '../../ui/icon-button';
import { EmptyState } from '../../ui/states';
import { Tree } from '../../ui/tree/tree';
import type { TreeRow } from '../../ui/tree/tree-model';
import { CommandButton } from '../../workbench/command-button';
import { useServices } from '../../workbench/use-services';
import { scanFolder } from './library-commands';

interface ExportsRow extends TreeRow {
  readonly folder: string;
  readonly scan: FolderScan | undefined;
  readonly disk?: LibraryDisk;
}

function exportRows(
  folders: readonly string[],
  scans: ReadonlyMap<string, FolderScan>,
  closed: ReadonlySet<string>,
): ExportsRow[] {
  return folders.flatMap((folder, index) => {
    const scan = scans.get(folder);
    const disks = scan?.state === 'scanned' ? scan.disks : [];
    const id = `folder:${folder}`;
    const open = disks.length > 0 && !closed.has(id);
    const label = folder.split(/[\\/]/).filter(Boolean).at(-1) ?? folder;
    const head: ExportsRow = {
      id,
      label,
      level: 1,
      expandable: disks.length > 0,
      expanded: open,
      position: index + 1,
      siblings: folders.length,
      folder,
      scan,
    };
    const rows = disks.map((disk, at): ExportsRow => ({
      id: `disk:${folder}/${disk.folder}/${disk.diskUuid}`,
      label: disk.diskName,
      level: 2,
      expandable: false,
      expanded: false,
      position: at + 1,
      siblings: disks.length,
      folder,
      scan,
      disk,
    }));
    return open ? [head, ...rows] : [head];
  });
}

/** Folders that hold exports, and the disks in them. */
export function ExportsView() {
  const services = useServices();
  const { layout, library, editors } = services;
  const folders = useStore(layout, ({ exportFolders }) => exportFolders);
  const scans = useStore(library, (state) => state.scans);
  const [focusedId, setFocusedId] = useState<string>();
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());

  useEffect(() => {
    for (const folder of folders) {
      if (!library.getState().scans.has(folder)) void scanFolder(services, folder);
    }
  }, [folders, library, services]);

  if (folders.length === 0) {
    return (
      <EmptyState
        icon="archive"
        title="No exports yet"
        text="The folder of an export appears here by itself. Folders with exports made elsewhere can be opened too."
      >
        <CommandButton command="library.addFolder" kind="primary" />
      </EmptyState>
    );
  }
  return (
    <Tree
      label="Exports"
      rows={exportRows(folders, scans, closed)}
      focusedId={focusedId}
      onFocus={({ id }) => setFocusedId(id)}
      onToggle={({ id }, open) => {
        const next = new Set(closed);
        if (open) next.delete(id);
        else next.add(id);
        setClosed(next);
      }}
      onOpen={({ disk, folder }, { pinned, viaKeyboard }) => {
        if (disk === undefined) return;
        const params = { root: folder, disk: disk.diskUuid, name: disk.diskName };
        editors.open({ type: 'chain', params }, { preview: !pinned, preserveFocus: !viaKeyboard && !pinned });
      }}
      renderRow={(row) => <RowContent row={row} />}
    />
  );
}

function RowContent({ row: { label, folder, scan, disk } }: { row: ExportsRow }) {
  const { commands } = useServices();
  if (disk !== undefined) {
    const broken = disk.entries.some(({ failure }) => failure !== undefined);
    return (
      <>
        <Icon name={broken ? 'warning' : 'database'} {...(broken ? { className: 'ds-tone-warning' } : {})} />
        <span className="ds-tree-text ds-truncate">
          {label}
          <span className="ds-tree-description">{plural(disk.entries.length, 'export')}</span>
        </span>
      </>
    );
  }
  const remark =
    scan === undefined || scan.state === 'scanning'
      ? 'reading…'
      : scan.state === 'failed'
        ? scan.failure.message
        : scan.disks.length === 0
          ? 'no exports'
          : '';
  return (
    <>
      <Icon
        name={scan?.state === 'failed' ? 'error' : 'folder'}
        {...(scan?.state === 'failed' ? { className: 'ds-tone-error' } : {})}
      />
      <span className="ds-tree-text ds-truncate" title={remark === '' ? folder : `${folder}\n${remark}`}>
        {label}
        <span className="ds-tree-description">{remark}</span>
      </span>
      <span className="ds-tree-actions" aria-hidden="true">
        <IconButton
          icon="close"
          label="Take folder off the list"
          tabIndex={-1}
          onClick={() => void commands.run('library.removeFolder', folder)}
        />
      </span>
    </>
  );
}
