import { existsSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import type { ExportRequest } from '../../../../shared/model/export-plan';
import type { Finding } from '../../../../shared/model/finding';
import type { Disk, Inventory } from '../../../../shared/model/inventory';
import type {
  LibraryDisk,
  LibraryEntry,
  LibraryProblem,
  LibraryScan,
} from '../../../../shared/model/library';
import { unwrap } from '../../../../shared/model/result';
import { scanLibrary } from '../../library/scan';
import { findBase, type BaseSearch } from './base';

export const NO_EXPORTS: LibraryScan = { disks: [], problems: [] };

type Wish = Pick<ExportRequest, 'targetFolder' | 'base' | 'format'>;

/** The exports in the target, or only those beside the manifest that was named as the base. @throws FailureError */
export async function findEarlierExports({ targetFolder, base }: Wish): Promise<LibraryScan> {
  const folder = base === 'auto' ? targetFolder : dirname(resolve(base));
  return existsSync(folder) ? unwrap(await scanLibrary(folder)) : NO_EXPORTS;
}

export interface ChosenFolder {
  /** The exports that the new one joins. */
  readonly earlier: LibraryDisk | undefined;
  readonly base: BaseSearch;
  /** Further folders with exports of the disk. */
  readonly others: readonly LibraryDisk[];
}

/**
 * The folder whose exports the new one joins. A copy of a disk's folder below the target, as people make before they
 * change something, must not take the chain over: the newest base that can be built on decides, then the newest export,
 * then the folder that lies higher.
 */
export function chooseFolder(
  { disks, problems }: LibraryScan,
  wish: Wish,
  disk: Disk,
  inventory: Inventory,
): ChosenFolder {
  const candidates = disks
    .filter(({ diskUuid }) => diskUuid === disk.uuid)
    .map((earlier) => ({ earlier, base: baseFor(wish, earlier, disk, inventory) }))
    .sort(
      (a, b) =>
        latest(baseTime(a.base), baseTime(b.base)) ||
        latest(newestTime(a.earlier), newestTime(b.earlier)) ||
        depth(a.earlier) - depth(b.earlier) ||
        a.earlier.folder.localeCompare(b.earlier.folder),
    );
  const chosen = candidates.at(0) ?? {
    earlier: undefined,
    // A base that was named is named in the reason, whatever else lies beside it.
    base:
      problems.length > 0 && wish.base === 'auto' ? noneReadable : baseFor(wish, undefined, disk, inventory),
  };
  return { ...chosen, others: candidates.slice(1).map(({ earlier }) => earlier) };
}

const noneReadable: BaseSearch = {
  found: false,
  reason: 'No earlier export of this disk was found in the target folder, where not everything can be read.',
};

/** An export that is not seen is not built on: the admin should know why before a full one is made in its place. */
export const unreadableExport = ({ failure: { message, nextStep } }: LibraryProblem): Finding => ({
  code: 'earlier-export-unreadable',
  severity: 'warn',
  text: `${message} No increment can build on it.`,
  nextStep,
});

/** A base that was named, and is an export of none of the disks, is a slip: a full export in its place is not what was asked for. */
export function unknownBase({ disks }: LibraryScan, request: ExportRequest): Finding[] {
  const { base, diskUuids, mode } = request;
  const named = disks.filter(({ entries }) => isAmong(entries, base)).map(({ diskUuid }) => diskUuid);
  if (base === 'auto' || mode === 'full' || named.some((uuid) => diskUuids.includes(uuid))) return [];
  return [
    {
      code: 'base-not-an-export',
      severity: 'block',
      text: `${base}, which was named as the base, is not an export of ${diskUuids.length > 1 ? 'any of these disks' : 'this disk'}.`,
      nextStep: 'Name the manifest (.json) of an earlier export, or leave the base to be found.',
    },
  ];
}

const isAmong = (entries: readonly LibraryEntry[], base: string): boolean =>
  entries.some(({ manifestPath }) => resolve(manifestPath) === resolve(base));

/** What the admin should know when exports of one disk lie in several folders. */
export const severalFolders = (
  { uuid, name }: Disk,
  { folder }: LibraryDisk,
  others: readonly LibraryDisk[],
): Finding => ({
  code: 'several-export-folders',
  severity: 'warn',
  text: `Exports of ${name} lie in several folders below the target. This one goes to ${folder}; also found: ${others.map((other) => other.folder).join(', ')}.`,
  nextStep: 'Move copies out of the target folder, or name the manifest to build on as the base.',
  objectUuid: uuid,
});

const baseTime = (base: BaseSearch): string => (base.found ? base.entry.manifest.snapshot.takenAt : '');
const newestTime = ({ entries }: LibraryDisk): string => entries.at(-1)?.manifest.snapshot.takenAt ?? '';
/** Times are ISO 8601 in UTC; none is the oldest. */
const latest = (a: string, b: string): number => (a === b ? 0 : a > b ? -1 : 1);
const depth = ({ folder }: LibraryDisk): number => resolve(folder).split(sep).length;

function baseFor(
  { base, format }: Wish,
  earlier: LibraryDisk | undefined,
  disk: Disk,
  { snapshots }: Inventory,
): BaseSearch {
  let entries: readonly LibraryEntry[] = earlier?.entries ?? [];
  if (base !== 'auto') {
    const wanted = resolve(base);
    entries = entries.filter(({ manifestPath }) => resolve(manifestPath) === wanted);
    if (entries.length === 0) return { found: false, reason: `${base} is not an export of ${disk.name}.` };
  }
  return findBase(entries, disk, snapshots, format, earlier?.entries);
}
