import { createStore } from 'zustand/vanilla';
import type { Failure } from '../../shared/model/failure';
import type { LibraryDisk, LibraryEntry, LibraryScan } from '../../shared/model/library';

export type FolderScan =
  | { readonly state: 'scanning' }
  | ({ readonly state: 'scanned' } & LibraryScan)
  | { readonly state: 'failed'; readonly failure: Failure };

export interface LibraryState {
  readonly scans: ReadonlyMap<string, FolderScan>;
  /** The export that commands act on, by the path of its manifest. */
  readonly selected: string | undefined;
}

/** An export and where it was found. */
export interface FoundExport {
  readonly folder: string;
  readonly disk: LibraryDisk;
  readonly entry: LibraryEntry;
}

export function findExport(
  { scans }: Pick<LibraryState, 'scans'>,
  manifestPath: string,
): FoundExport | undefined {
  for (const [folder, scan] of scans) {
    if (scan.state !== 'scanned') continue;
    for (const disk of scan.disks) {
      const entry = disk.entries.find((found) => found.manifestPath === manifestPath);
      if (entry !== undefined) return { folder, disk, entry };
    }
  }
  return undefined;
}

/** What was found in the folders that hold exports. */
export function createLibraryStore() {
  const store = createStore<LibraryState>(() => ({ scans: new Map(), selected: undefined }));
  return Object.assign(store, {
    putScan: (folder: string, scan: FolderScan) =>
      store.setState(({ scans }) => ({ scans: new Map(scans).set(folder, scan) })),
    dropScan: (folder: string) =>
      store.setState(({ scans }) => {
        const rest = new Map(scans);
        rest.delete(folder);
        return { scans: rest };
      }),
    select: (selected: string | undefined) => store.setState({ selected }),
    find: (manifestPath: string): FoundExport | undefined => findExport(store.getState(), manifestPath),
  });
}
export type LibraryStore = ReturnType<typeof createLibraryStore>;
