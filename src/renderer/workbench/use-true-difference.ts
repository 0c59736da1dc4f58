import { useEffect } from 'react';
import { useStore } from 'zustand';
import type { LibraryEntry } from '../../shared/model/library';
import { comparedExport, type StoredBlocks } from '../stores/stored-blocks';
import { useServices } from './use-services';

/** What is known of the blocks of an interval that truly differ: through the export that compared them with its base. */
export interface TrueDifference {
  readonly entry: LibraryEntry;
  readonly stored: StoredBlocks;
}

/** Undefined when no export known here compared the blocks of this interval. */
export function useTrueDifference(
  diskUuid: string,
  fromUuid: string,
  toUuid: string,
): TrueDifference | undefined {
  const { commands, layout, library, storedBlocks } = useServices();
  const folders = useStore(layout, ({ exportFolders }) => exportFolders);
  const entry = useStore(library, ({ scans }) => comparedExport(scans, diskUuid, fromUuid, toUuid));
  const path = entry?.manifestPath;
  const stored = useStore(storedBlocks, ({ exports }) =>
    path === undefined ? undefined : exports.get(path),
  );
  useEffect(() => {
    // Folders are read when they are first looked at; this may be the first time that anybody asks.
    const { scans } = library.getState();
    if (folders.some((folder) => !scans.has(folder))) void commands.run('library.refresh');
  }, [commands, folders, library]);
  useEffect(() => {
    if (path !== undefined) void storedBlocks.want(path);
  }, [storedBlocks, path]);
  return entry === undefined ? undefined : { entry, stored: stored ?? { state: 'loading' } };
}
