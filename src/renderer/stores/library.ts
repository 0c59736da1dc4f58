import { createStore } from 'zustand/vanilla';
import type { Failure } from '../../shared/model/failure';
import type { LibraryDisk, VerifyReport } from '../../shared/model/library';

export type FolderScan =
  | { readonly state: 'scanning' }
  | { readonly state: 'scanned'; readonly disks: readonly LibraryDisk[] }
  | { readonly state: 'failed'; readonly failure: Failure };

export type Verification =
  | { readonly state: 'running' }
  | { readonly state: 'finished'; readonly report: VerifyReport; readonly at: number }
  | { readonly state: 'failed'; readonly failure: Failure };

export interface LibraryState {
  readonly scans: ReadonlyMap<string, FolderScan>;
  /** By manifest path. */
  readonly verifications: ReadonlyMap<string, Verification>;
}

/** What was found in the folders that hold exports. */
export function createLibraryStore() {
  const store = createStore<LibraryState>(() => ({ scans: new Map(), verifications: new Map() }));
  return Object.assign(store, {
    putScan: (folder: string, scan: FolderScan) =>
      store.setState(({ scans }) => ({ scans: new Map(scans).set(folder, scan) })),
    dropScan: (folder: string) =>
      store.setState(({ scans }) => {
        const rest = new Map(scans);
        rest.delete(folder);
        return { scans: rest };
      }),
    putVerification: (manifestPath: string, verification: Verification) =>
      store.setState(({ verifications }) => ({
        verifications: new Map(verifications).set(manifestPath, verification),
      })),
  });
}
export type LibraryStore = ReturnType<typeof createLibraryStore>;
