import { useEffect, useMemo, useState } from 'react';
import { useStore } from 'zustand';
import type { LibraryEntry } from '../../../shared/model/library';
import { EmptyState } from '../../ui/states';
import { Tree } from '../../ui/tree/tree';
import { CommandButton } from '../../workbench/command-button';
import { useServices } from '../../workbench/use-services';
import { ExportRowContent } from './export-row-content';
import { exportRows, type ExportsRow } from './export-rows';
import { scanFolder } from './folder-commands';
import { exportContext } from './library-context';
import { openExport } from './target-export';

/** What commands act on: the newest export of a disk. */
const exportOf = ({ disk, entry }: ExportsRow): LibraryEntry | undefined => entry ?? disk?.entries.at(-1);

/** Folders that hold exports, the disks in them, and their exports. */
export function ExportsView() {
  const services = useServices();
  const { layout, library, contextMenu, notifications } = services;
  const folders = useStore(layout, ({ exportFolders }) => exportFolders);
  const scans = useStore(library, (state) => state.scans);
  const [focusedId, setFocusedId] = useState<string>();
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => exportRows(folders, scans, toggled), [folders, scans, toggled]);

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
  const toggle = ({ id }: ExportsRow): void => {
    const next = new Set(toggled);
    if (!next.delete(id)) next.add(id);
    setToggled(next);
  };
  return (
    <Tree
      label="Exports"
      rows={rows}
      focusedId={focusedId}
      onFocus={({ id }) => setFocusedId(id)}
      onToggle={toggle}
      onOpen={(row, { pinned, viaKeyboard }) => {
        const { disk, folder, problem } = row;
        const entry = exportOf(row);
        if (problem !== undefined && pinned) notifications.failure(problem.failure);
        if (disk === undefined || entry === undefined) {
          if (!pinned && row.expandable) toggle(row);
          return;
        }
        const options = { preview: !pinned, preserveFocus: !viaKeyboard && !pinned };
        openExport(services, { folder, disk, entry }, options);
      }}
      onContextMenu={(row, at) => {
        const entry = exportOf(row);
        const { activeElement } = document;
        contextMenu.show({
          ...at,
          menu: entry === undefined ? 'exports/folder' : 'exports/link',
          args: [entry?.manifestPath ?? row.folder],
          overlay: exportContext(services, entry?.manifestPath),
          returnFocus: activeElement instanceof HTMLElement ? activeElement : undefined,
        });
      }}
      renderRow={(row) => <ExportRowContent row={row} />}
    />
  );
}
