import type { LibraryEntry } from '../../../shared/model/library';

/** A full export and all that builds on it, or what is left when the full one is missing. */
export interface Chain {
  /** The full export, or the oldest one that is there. */
  readonly root: LibraryEntry;
  /** Oldest first. */
  readonly links: readonly LibraryEntry[];
  readonly fileBytes: number;
}

/** What an export builds on, nearest first, as far as it is there. */
export function ancestorsOf(entry: LibraryEntry, entries: readonly LibraryEntry[]): LibraryEntry[] {
  const byId = new Map(entries.map((other) => [other.manifest.id, other]));
  const found: LibraryEntry[] = [];
  let at = byId.get(entry.manifest.parent?.id ?? '');
  while (at !== undefined && at !== entry && !found.includes(at)) {
    found.push(at);
    at = byId.get(at.manifest.parent?.id ?? '');
  }
  return found;
}

/** The chains among the exports of a disk, in the order of their roots. */
export function chainsOf(entries: readonly LibraryEntry[]): Chain[] {
  const groups = new Map<LibraryEntry, LibraryEntry[]>();
  for (const entry of entries) {
    const root = ancestorsOf(entry, entries).at(-1) ?? entry;
    groups.set(root, [...(groups.get(root) ?? []), entry]);
  }
  return [...groups].map(([root, links]) => ({
    root,
    links,
    fileBytes: links.reduce((sum, { manifest }) => sum + manifest.image.fileBytes, 0),
  }));
}
