import { rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Extent } from '../../../shared/blocks/extent';
import { fail, type Failure } from '../../../shared/model/failure';
import { attempt, err, unwrap, type Result } from '../../../shared/model/result';
import type { PoolConnection } from '../xapi';
import type { ChainImage, CopyOutcome } from './copy/request';
import type { RunningCopy, StartCopy } from './copy/worker-client';
import { partialName } from './files/names';
import { demandNew, publishNew } from './files/new-file';
import { demandSameFiles } from './files/same-file';
import { syncFolder } from './files/sync-folder';
import type { Budget } from '../jobs/budget';
import { freshTargets, takeNbdPlace } from './run/nbd-place';
import { watchSnapshot, type WatchedSnapshot } from './run/not-attached';

/** A range is looked at while exports run: it leaves them most of a host's connections. */
const CONNECTIONS = 2;

export interface RangeToSave {
  readonly snapshotUuid: string;
  /** In bytes, on whole 512-byte sectors. */
  readonly range: Extent;
  /** It must not exist. */
  readonly to: string;
}

export interface SaveRangeParts {
  readonly startCopy: StartCopy;
  /** NBD connections by host, shared with all that reads from the pool. */
  readonly connections: Budget;
}

export interface SaveRangeHooks {
  readonly signal: AbortSignal;
  /** Other work has all connections of the host. */
  readonly waiting: () => void;
  /** Waits for the reading, gets it to show progress or cancel. */
  readonly reading: (running: RunningCopy) => Promise<Result<CopyOutcome>>;
  /** The same for reading the file back. */
  readonly rereading: (running: RunningCopy) => Promise<Result<CopyOutcome>>;
}

/**
 * Saves a range of a snapshot as a raw file: read over NBD, with a checksum of every block, by which the file is then
 * read back. Zeros become holes. Fails with `target-exists`, `range-beyond-disk`, `range-damaged`, `snapshot-changed`,
 * `snapshot-unnamed`, or a failure of the pool or the file; no file is left then.
 */
export function saveRange(
  connection: PoolConnection,
  { snapshotUuid, range, to }: RangeToSave,
  { startCopy, connections }: SaveRangeParts,
  hooks: SaveRangeHooks,
): Promise<Result<CopyOutcome>> {
  return attempt(async () => {
    const target = resolve(to);
    await demandNew(target);
    const path = partialName(target);
    const checksumsPath = `${path}.sums`;
    const sizeBytes = range.length;
    const { diskName, contentId } = aboutSnapshot(connection, snapshotUuid);
    const isNamed = contentId !== undefined;
    // With one alone it is known that there was none while it was lost.
    const count = isNamed ? CONNECTIONS : 1;
    const place = unwrap(
      await takeNbdPlace(connection, snapshotUuid, {
        connections: count,
        budget: connections,
        signal: hooks.signal,
        onWait: hooks.waiting,
      }),
    );
    const { targets } = place;
    let isOurs = false;
    const demandNotAttached = watchSnapshot({ diskName, snapshotUuid, contentId }, connection);
    try {
      const read = startCopy(
        {
          source: { kind: 'nbd', targets, connections: count, poolHost: true, part: range },
          expectedSizeBytes: sizeBytes,
          extents: { kind: 'all' },
          target: { format: 'raw', path, finalPath: target },
          checksumsPath,
        },
        {
          refreshTargets: () =>
            attempt(async () => {
              await demandNotAttached();
              if (isOurs && !isNamed) fail(unnamed(diskName));
              return unwrap(await freshTargets(connection, snapshotUuid));
            }),
          onConnected: () => (isOurs = true),
        },
      );
      const result = await hooks.reading(read);
      place.release();
      const outcome = unwrap(result);
      await demandNotAttached();
      const { sha256 } = outcome.checksums!;
      const image: ChainImage = { path, format: 'raw', checksumsPath, sha256, sizeBytes };
      const reread = startCopy({
        source: { kind: 'chain', images: [image] },
        expectedSizeBytes: sizeBytes,
        extents: { kind: 'all' },
        target: { format: 'raw', path, finalPath: target, discard: true },
      });
      const proof = await hooks.rereading(reread);
      if (!proof.ok) unwrap(proof.failure.code === 'image-block-damaged' ? err(damaged(target)) : proof);
      await demandSameFiles(outcome.files).catch((error: unknown) => {
        // What came into its place is not ours to remove.
        isOurs = false;
        throw error;
      });
      await publishNew(path, target);
      await syncFolder(dirname(target));
      return outcome;
    } finally {
      place.release();
      if (isOurs) for (const file of [path, checksumsPath]) await rm(file, { force: true });
    }
  });
}

function aboutSnapshot(connection: PoolConnection, snapshotUuid: string): WatchedSnapshot {
  const contentId = connection.diskFacts(snapshotUuid)?.contentId;
  const disk = connection.inventory().disks.find(({ snapshotUuids }) => snapshotUuids.includes(snapshotUuid));
  return { diskName: disk?.name ?? snapshotUuid, snapshotUuid, contentId };
}

/** A snapshot that others took of a disk in use gets a name when it is first detached from a host. */
const unnamed = (diskName: string): Failure => ({
  code: 'snapshot-unnamed',
  message: `The connection to the snapshot of ${diskName} was lost, and the pool has no name for what it holds: it may have been written to meanwhile.`,
  nextStep: 'Save the range again, from its beginning.',
});

const damaged = (path: string): Failure => ({
  code: 'range-damaged',
  message: `What was written to ${path} reads back differently from what the pool sent. The file was removed.`,
  nextStep: 'Save the range to another drive, and check this one.',
});
