import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, parse } from 'node:path';
import { existsSync, type Dirent, type Stats } from 'node:fs';
import { fail, FailureError, toFailure, type Failure } from '../../../shared/model/failure';
import type { LibraryDisk, LibraryEntry, LibraryProblem, LibraryScan } from '../../../shared/model/library';
import type { Manifest } from '../../../shared/model/manifest';
import { attempt, ok, unwrap, type Result } from '../../../shared/model/result';
import { mapFileError } from '../image/file-failures';
import {
  claimsToBeManifest,
  MOST_MANIFEST_BYTES,
  parseManifest,
  readManifest,
} from '../export/files/manifest-file';
import { isNamedAsExport, partialName } from '../export/files/names';
import { chainLoop, demandWhole, linkOf, parentOf, parentPath } from './chain';

const DEEPEST = 3;
/** File systems and systems keep these for themselves, and let nobody in. */
const NOT_FOR_EXPORTS = new Set(['lost+found', 'System Volume Information', '$RECYCLE.BIN', '.Trashes']);

/**
 * Finds the exports in a folder and up to three levels below, from manifests alone; no image is opened. Links are followed.
 * What cannot be read, a folder below or what a link leads to included, is among the problems, and so is an export whose manifest is gone or is none any more.
 * Fails when the folder itself cannot be read.
 */
export function scanLibrary(folder: string): Promise<Result<LibraryScan>> {
  return attempt(async () => {
    const entries: LibraryEntry[] = [];
    const problems: LibraryProblem[] = [];
    const tell = (path: string, error: unknown): void =>
      void problems.push({ path, failure: toFailure(mapFileError(error, path, 'read')) });
    let tooDeep: string | undefined;
    const links: Linked[] = [{ path: folder, depth: DEEPEST }];
    const walk: Walk = { seen: new Set(), links, unreadable: tell, tooDeep: (path) => (tooDeep ??= path) };
    for (const { path: root, depth } of links) {
      for await (const path of filesOfInterest(root, depth, walk)) {
        try {
          if (path.endsWith('.json')) {
            const manifest = await manifestAt(path);
            if (manifest) entries.push({ manifestPath: path, manifest });
          } else demandManifestOf(path);
        } catch (error) {
          tell(path, error);
        }
      }
    }
    const disks = byDisk(withoutCopies(await withFailures(entries)));
    return { disks, problems, ...(tooDeep === undefined ? {} : { tooDeep }) };
  });
}

/** Undefined for JSON that is somebody else's. @throws FailureError */
async function manifestAt(path: string): Promise<Manifest | undefined> {
  if (isNamedAsExport(basename(path), 'json')) return unwrap(await readManifest(path));
  const { size } = await stat(path);
  if (size > MOST_MANIFEST_BYTES) return undefined;
  const text = await readFile(path, 'utf8');
  return claimsToBeManifest(text) ? parseManifest(text, path) : undefined;
}

/** Checksums without a manifest, finished or not, are what is left of an export. @throws FailureError */
function demandManifestOf(checksums: string): void {
  const manifest = checksums.replace(/sums$/, 'json');
  if (existsSync(partialName(manifest)) || existsSync(manifest)) return;
  fail({
    code: 'manifest-missing',
    message: `The manifest ${manifest} is missing: its checksums are still there.`,
    nextStep:
      'Restore it from where it was copied; if the export is no longer wanted, remove its other files too.',
  });
}

/** Adds what is wrong with each export or with one that it builds on. */
async function withFailures(entries: readonly LibraryEntry[]): Promise<LibraryEntry[]> {
  const known = new Map(entries.map((entry) => [entry.manifestPath, entry.manifest]));
  const read: typeof readManifest = (path) => {
    const manifest = known.get(path);
    return manifest ? Promise.resolve(ok(manifest)) : readManifest(path);
  };
  const failures = new Map<string, Failure>();
  for (const { manifestPath, manifest } of entries) {
    const link = linkOf(manifestPath, manifest);
    const sound = await attempt(async () => {
      await demandWhole(link);
      if (manifest.parent) await parentOf(link, read);
    });
    if (!sound.ok) failures.set(manifestPath, sound.failure);
  }
  return entries.map((entry) => {
    const visited = new Set<string>();
    for (let path = entry.manifestPath; !visited.has(path);) {
      visited.add(path);
      const failure = failures.get(path);
      if (failure) return { ...entry, failure };
      const manifest = known.get(path);
      if (!manifest?.parent) return entry;
      path = parentPath(linkOf(path, manifest));
    }
    return { ...entry, failure: chainLoop(entry.manifestPath) };
  });
}

interface Linked {
  readonly path: string;
  /** How many levels below are looked into. */
  readonly depth: number;
}

interface Walk {
  /** Folders by their real paths: links may lead to one twice, or in a circle. */
  readonly seen: Set<string>;
  /** To folders, followed once all others were looked into: what lies in these has their names. */
  readonly links: Linked[];
  readonly unreadable: (path: string, error: unknown) => void;
  readonly tooDeep: (path: string) => void;
}

/** All JSON, and checksums of exports. */
async function* filesOfInterest(folder: string, depth: number, walk: Walk): AsyncGenerator<string> {
  let children: Dirent[];
  try {
    const real = await realpath(folder);
    if (walk.seen.has(real)) return;
    walk.seen.add(real);
    children = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (depth === DEEPEST) throw mapFileError(error, folder, 'read'); // links are one level below at least
    if (!NOT_FOR_EXPORTS.has(basename(folder))) walk.unreadable(folder, error);
    return;
  }
  for (const child of children.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, child.name);
    const what = child.isSymbolicLink() ? await target(path, walk) : child;
    if (what?.isFile() && (child.name.endsWith('.json') || isNamedAsExport(child.name, 'sums'))) yield path;
    else if (!what?.isDirectory()) continue;
    else if (depth === 0) walk.tooDeep(path);
    else if (child.isSymbolicLink()) walk.links.push({ path, depth: depth - 1 });
    else yield* filesOfInterest(path, depth - 1, walk);
  }
}

async function target(link: string, { unreadable }: Walk): Promise<Stats | undefined> {
  try {
    return await stat(link);
  } catch (error) {
    const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT';
    unreadable(link, isGone ? new FailureError(leadsNowhere(link)) : error);
    return undefined;
  }
}

const leadsNowhere = (link: string): Failure => ({
  code: 'link-leads-nowhere',
  message: `${link} leads nowhere: what was there is away, and exports in it are not looked at.`,
  nextStep: 'Bring back the drive or folder that it leads to, or remove the link.',
});

/** A copy of a manifest under another name, or a link to it, is no other export: it may be gone or lead elsewhere later. */
function withoutCopies(entries: readonly LibraryEntry[]): LibraryEntry[] {
  const key = ({ manifestPath, manifest }: LibraryEntry): string =>
    `${dirname(manifestPath)}\0${manifest.id}`;
  const named = new Set(entries.filter(hasOwnName).map(key));
  return entries.filter((entry) => hasOwnName(entry) || !named.has(key(entry)));
}

const hasOwnName = ({ manifestPath, manifest }: LibraryEntry): boolean =>
  parse(manifestPath).name === parse(manifest.image.file).name;

/** One entry per disk and folder: chains never cross folders. */
function byDisk(entries: readonly LibraryEntry[]): LibraryDisk[] {
  const groups = new Map<string, LibraryEntry[]>();
  for (const entry of entries) {
    const key = `${dirname(entry.manifestPath)}\0${entry.manifest.disk.uuid}`;
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return [...groups.values()]
    .map((group) => {
      group.sort(
        (a, b) =>
          a.manifest.snapshot.takenAt.localeCompare(b.manifest.snapshot.takenAt) ||
          a.manifest.createdAt.localeCompare(b.manifest.createdAt),
      );
      const newest = group.at(-1)!;
      return {
        diskUuid: newest.manifest.disk.uuid,
        diskName: newest.manifest.disk.name || basename(dirname(newest.manifestPath)),
        folder: dirname(newest.manifestPath),
        entries: group,
      };
    })
    .sort((a, b) => a.diskName.localeCompare(b.diskName) || a.folder.localeCompare(b.folder));
}
