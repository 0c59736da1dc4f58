import { createStore } from 'zustand/vanilla';
import { BlockBitmap } from '../../shared/blocks/bitmap';
import type { Failure } from '../../shared/model/failure';
import type { LibraryEntry } from '../../shared/model/library';
import type { Result } from '../../shared/model/result';
import type { FolderScan } from './library';

export type StoredBlocks =
  | { readonly state: 'loading' }
  | { readonly state: 'known'; readonly bitmap: BlockBitmap }
  | { readonly state: 'failed'; readonly failure: Failure };

type Fetch = (manifestPath: string) => Promise<Result<{ sizeBytes: number; bitmap: Uint8Array }>>;

/** What an export stores never changes: each is read once. By manifest path. */
export function createStoredBlocksStore(fetch: Fetch) {
  const store = createStore<{ readonly exports: ReadonlyMap<string, StoredBlocks> }>(() => ({
    exports: new Map(),
  }));
  const put = (path: string, entry: StoredBlocks): void =>
    store.setState(({ exports }) => ({ exports: new Map(exports).set(path, entry) }));
  return Object.assign(store, {
    /** Reads an export's blocks unless they are known or on their way. `again` retries one that failed. */
    want: async (manifestPath: string, again = false): Promise<void> => {
      const known = store.getState().exports.get(manifestPath);
      if (known !== undefined && !(again && known.state === 'failed')) return;
      put(manifestPath, { state: 'loading' });
      const result = await fetch(manifestPath);
      put(
        manifestPath,
        result.ok
          ? { state: 'known', bitmap: new BlockBitmap(result.value.bitmap, result.value.sizeBytes) }
          : { state: 'failed', failure: result.failure },
      );
    },
  });
}
export type StoredBlocksStore = ReturnType<typeof createStoredBlocksStore>;

/**
 * The newest increment from one snapshot to another that compared its blocks with its base, and so knows what truly
 * differs. One that does not say so and left nothing out may not have compared.
 */
export function comparedExport(
  scans: ReadonlyMap<string, FolderScan>,
  diskUuid: string,
  fromUuid: string,
  toUuid: string,
): LibraryEntry | undefined {
  let newest: LibraryEntry | undefined;
  for (const scan of scans.values()) {
    if (scan.state !== 'scanned') continue;
    for (const { entries } of scan.disks.filter((disk) => disk.diskUuid === diskUuid)) {
      for (const entry of entries) {
        const { snapshot, parent, bytes, createdAt, compared = bytes.equal > 0 } = entry.manifest;
        const fits = snapshot.uuid === toUuid && parent?.snapshotUuid === fromUuid && compared;
        if (fits && entry.failure === undefined && createdAt > (newest?.manifest.createdAt ?? ''))
          newest = entry;
      }
    }
  }
  return newest;
}
