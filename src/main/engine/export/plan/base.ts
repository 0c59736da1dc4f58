import type { Disk, Snapshot } from '../../../../shared/model/inventory';
import type { LibraryEntry } from '../../../../shared/model/library';
import type { Manifest } from '../../../../shared/model/manifest';
import { MAX_IMAGES } from '../../image/index';
import type { ImageFormat } from '../../image/types';

/** What an increment could build on, or why there is nothing. */
export type BaseSearch =
  | { readonly found: true; readonly entry: LibraryEntry; readonly snapshot: Snapshot }
  | { readonly found: false; readonly reason: string };

/**
 * The newest export of the disk that an increment in `format` can build on: its files are there and its snapshot is
 * still on the pool, with data or as change metadata. The reason names what the newest one lacks.
 * @param beside all exports that those may build on.
 */
export function findBase(
  entries: readonly LibraryEntry[],
  disk: Disk,
  snapshots: readonly Snapshot[],
  format: ImageFormat,
  beside = entries,
): BaseSearch {
  const newestFirst = [...entries].reverse();
  if (newestFirst.length === 0)
    return { found: false, reason: 'There is no earlier export of this disk in the target folder.' };
  let reason: string | undefined;
  for (const entry of newestFirst) {
    const why = whyNot(entry, disk, snapshots, format);
    if (typeof why !== 'string')
      // An older one would have the same full again, and all changes since to read.
      return imagesFrom(entry.manifest, beside) < MAX_IMAGES
        ? { found: true, entry, snapshot: why }
        : { found: false, reason: `${nameOf(entry)} ${CHAIN_FULL}` };
    reason ??= why;
  }
  return { found: false, reason: reason! };
}

function whyNot(
  { manifest, failure }: LibraryEntry,
  disk: Disk,
  snapshots: readonly Snapshot[],
  format: ImageFormat,
): string | Snapshot {
  const from = nameOf({ manifest });
  if (failure) return `${from} cannot be used: ${failure.message}`;
  if (!canBuildOn(format, manifest.image.format))
    return `${from} is a ${manifest.image.format} image, on which a ${format} increment cannot build.`;
  if (manifest.sizeBytes > disk.sizeBytes) return `${from} is of a larger disk: this one has shrunk since.`;
  const snapshot = snapshots.find(({ uuid }) => uuid === manifest.snapshot.uuid);
  if (!snapshot) return `${from} has no snapshot on the pool any more.`;
  if (snapshot.diskUuid !== disk.uuid) return `${from} has a snapshot that belongs to another disk now.`;
  return snapshot;
}

const nameOf = ({ manifest }: Pick<LibraryEntry, 'manifest'>): string =>
  `The earlier export of ${manifest.snapshot.takenAt.slice(0, 16).replace('T', ' ')} UTC`;

const CHAIN_FULL = `has ${MAX_IMAGES} images in its chain already, as many as can be read together.`;

/** Images that are read together, down to the full or to a raw one, which holds the whole disk. */
function imagesFrom(newest: Manifest, beside: readonly LibraryEntry[]): number {
  const byId = new Map(beside.map(({ manifest }) => [manifest.id, manifest]));
  let images = 0;
  for (let at: Manifest | undefined = newest; at && images < MAX_IMAGES; images++)
    at = at.parent && at.image.format !== 'raw' ? byId.get(at.parent.id) : undefined;
  return images;
}

/** qcow2 can have a raw backing file; everything else needs its own kind. */
const canBuildOn = (format: ImageFormat, base: ImageFormat): boolean =>
  format === base || (format === 'qcow2' && base === 'raw');
