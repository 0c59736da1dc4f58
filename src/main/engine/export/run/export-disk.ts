import { dirname, join } from 'node:path';
import { blockCount } from '../../../../shared/blocks/extent';
import { PackedBytes } from '../../../../shared/blocks/packed-bytes';
import type { DiskUse } from '../../../../shared/model/disk-use';
import type { DiskPlan, ExportMode } from '../../../../shared/model/export-plan';
import { toFailure, type Failure } from '../../../../shared/model/failure';
import { attempt, unwrap, type Result } from '../../../../shared/model/result';
import type { DiskSnapshot } from '../../cbt';
import type { ChainLink } from '../../library/chain';
import { baseLost } from '../../library/same-chain';
import type { Release } from '../../jobs/budget';
import type { JobContext } from '../../jobs/job-context';
import type { PoolConnection } from '../../xapi';
import { fileVanished } from '../../image/file-failures';
import { MAX_DISK_BYTES } from '../../image/vhd/constants';
import type { ExtentSpec } from '../copy/request';
import type { NbdTarget } from '../../nbd/target';
import type { HostStream, RunningCopy, StartCopy } from '../copy/worker-client';
import {
  writeExport,
  type UnfinishedExport,
  type WriteExport,
  type WriteHooks,
  type WrittenExport,
} from '../write-export';
import { isGone } from '../files/is-there';
import { demandFolderOf } from '../files/publish';
import { about } from './about';
import { chainOfBase } from './base-chain';
import { exportWhenFree } from './blocks-to-read';
import { loadBlocks, type KeptBlocks } from './kept-blocks';
import { freshTargets, takeNbdPlace } from './nbd-place';
import type { DemandNotAttached } from './not-attached';
import { tellWaits } from './tell-waits';

/** What the phases before the copy found out about one disk. */
export interface DiskToExport {
  readonly plan: DiskPlan;
  readonly snapshot: DiskSnapshot;
  readonly takenAt: Date;
  /** Who could write to the disk just before. */
  readonly use: DiskUse | undefined;
  readonly mode: ExportMode;
  readonly reason: string;
  /** Undefined: a full export. */
  readonly base: DiskPlan['base'];
  /** The blocks to read; undefined: all of the disk, or whatever a stream brings. */
  readonly blocks: KeptBlocks | undefined;
  /** Files of an earlier run, to go on with. */
  readonly unfinished?: UnfinishedExport;
}

export interface ExportDiskParts {
  readonly connection: PoolConnection;
  readonly context: JobContext;
  readonly startCopy: StartCopy;
  readonly toolVersion: string;
  /** Of the task of a transfer. */
  readonly taskName: string;
  readonly startedAt: Date;
  /** Of the disk's snapshot, since the job has it. */
  readonly demandNotAttached: DemandNotAttached;
  readonly onCopy: (copy: RunningCopy) => void;
  /** Data is being copied. */
  readonly onBegun: () => void;
  /** Whether a failure leaves the unfinished files for a later run. */
  readonly keepUnfinished: (failure: Failure) => boolean;
}

/** Phases connect, copy, flush and verify of one disk. When it fails, nothing is left on disk that is not to be kept. */
export async function exportDisk(disk: DiskToExport, parts: ExportDiskParts): Promise<Result<WrittenExport>> {
  const { context, connection } = parts;
  const { diskUuid } = disk.plan;
  const { report, limits, signal } = context;
  const storage = connection.inventory().disks.find(({ uuid }) => uuid === diskUuid)?.storageUuid ?? '';
  return attempt(async () => {
    report.phase(diskUuid, 'connect', 'running');
    const releaseStorage = await limits.copies.take(storage, 1, signal, () =>
      report.phase(diskUuid, 'connect', 'running', 'waits for other copies from this storage'),
    );
    let releaseCopy: Release | undefined;
    try {
      releaseCopy = await limits.allCopies.take('all', 1, signal, () =>
        report.phase(diskUuid, 'connect', 'running', 'waits for other copies'),
      );
      // It goes on where it lies: while that drive is away, nothing else can be said about it.
      if (disk.unfinished) await demandFolderOf(join(disk.plan.targetFolder, disk.unfinished.names.image));
      await parts.demandNotAttached();
      const base = disk.base && (await baseOf(disk, disk.base, signal));
      return disk.mode === 'stream' ? await streamed(disk, base, parts) : await overNbd(disk, base, parts);
    } finally {
      releaseCopy?.();
      releaseStorage();
    }
  });
}

/** They say nothing about the base: it could not be looked at, or no longer was to be. */
const BASE_NOT_READ: ReadonlySet<string> = new Set([
  'cancelled',
  'file-vanished',
  'image-read-error',
  'too-many-open-files',
]);

/**
 * What was begun is kept while its base is away, and what was not waits for its drive.
 * @throws FailureError as {@link chainOfBase}, or `base-lost`.
 */
async function baseOf(
  { plan, unfinished }: DiskToExport,
  base: NonNullable<DiskPlan['base']>,
  signal: AbortSignal,
): Promise<ChainLink[]> {
  try {
    return await chainOfBase(base, plan.diskUuid, signal);
  } catch (error) {
    const failure = toFailure(error);
    if (BASE_NOT_READ.has(failure.code)) throw error;
    if (unfinished) throw baseLost(base.manifestPath, failure);
    throw (await isGone(dirname(base.manifestPath))) ? fileVanished(base.manifestPath, error) : error;
  }
}

async function overNbd(
  disk: DiskToExport,
  base: ChainLink[] | undefined,
  parts: ExportDiskParts,
): Promise<WrittenExport> {
  const { connection, context } = parts;
  const { report, limits, signal, plan } = context;
  const { diskUuid } = disk.plan;
  const { snapshotUuid } = disk.snapshot;
  const { sizeBytes } = disk.snapshot;
  const load = () => disk.blocks && loadBlocks(context.files, disk.plan, disk.snapshot, disk.blocks);
  let loaded = load();
  const bytes = loaded?.changedBytes() ?? sizeBytes;
  const planned = loaded ? PackedBytes.of(loaded.bytes) : allBlocks(sizeBytes);
  const wanted = plan.request.connections;
  const connections = wanted ?? firstConnections(bytes);
  const place = unwrap(
    await takeNbdPlace(connection, snapshotUuid, {
      connections,
      budget: limits.connections,
      signal,
      onWait: () =>
        report.phase(diskUuid, 'connect', 'running', 'waits for NBD connections that other jobs use'),
    }),
  );
  try {
    // Memory of the main thread only until the copy begins; a further attempt loads them again.
    const extents = (): ExtentSpec => {
      const blocks = loaded ?? load();
      loaded = undefined;
      return blocks ? { kind: 'changed', bitmap: blocks.bytes, handOver: true } : { kind: 'all' };
    };
    const spec = writeSpec(disk, base, parts, extents, {
      kind: 'nbd',
      targets: place.targets,
      connections,
      poolHost: true,
      ...(wanted === undefined ? { mostConnections: MOST_CONNECTIONS, shared: true } : {}),
    });
    const hooks = hooksFor(disk, planned, parts, {
      refreshTargets: () => targetsOfSame(snapshotUuid, parts),
      share: place.share,
    });
    const onStarted = (copy: RunningCopy): void => {
      place.startAgain();
      hooks.onStarted(copy);
    };
    return unwrap(await writeExport(spec, parts.startCopy, { ...hooks, onStarted }));
  } finally {
    place.release();
  }
}

/** A connection was lost, and while there was none, the snapshot could be attached for writing. */
const targetsOfSame = (
  snapshotUuid: string,
  { connection, demandNotAttached }: ExportDiskParts,
): Promise<Result<readonly NbdTarget[]>> =>
  attempt(async () => {
    await demandNotAttached();
    return unwrap(await freshTargets(connection, snapshotUuid));
  });

async function streamed(
  disk: DiskToExport,
  base: ChainLink[] | undefined,
  parts: ExportDiskParts,
): Promise<WrittenExport> {
  const { connection, context } = parts;
  const { diskUuid } = disk.plan;
  const { sizeBytes, snapshotUuid } = disk.snapshot;
  const raw = sizeBytes > MAX_DISK_BYTES || connection.diskFacts(diskUuid)?.raw === true;
  const format = raw && !disk.base ? 'raw' : 'vhd';
  const transfer = await exportWhenFree(connection, {
    vdiUuid: snapshotUuid,
    format,
    taskName: parts.taskName,
    signal: context.signal,
    onWait: tellWaits(context.report, `The transfer of ${disk.plan.diskName}`),
    ...(disk.base ? { baseUuid: disk.base.snapshotUuid } : {}),
  });
  const stream: HostStream = {
    chunks: transfer.stream,
    finished: () => transfer.finished(),
    cancel: () => transfer.cancel(),
  };
  try {
    const spec = writeSpec(disk, base, parts, () => ({ kind: 'all' }), { kind: 'stream', format, sizeBytes });
    const hooks = hooksFor(disk, allBlocks(sizeBytes), parts, { stream });
    return unwrap(await writeExport(spec, parts.startCopy, hooks));
  } finally {
    // Also when no copy began that would have ended it: the host would hold the snapshot on and on.
    await transfer.cancel();
  }
}

const allBlocks = (sizeBytes: number): PackedBytes => PackedBytes.ones(Math.ceil(blockCount(sizeBytes) / 8));

/** A copy adds connections while they help, up to so many: half of what a host has for all. */
const MOST_CONNECTIONS = 8;

/** A connection attaches the disk to a host once more, which takes seconds: few bytes are not worth it. */
const firstConnections = (bytes: number): number => (bytes <= 128 * 1024 * 1024 ? 1 : 2);

function writeSpec(
  disk: DiskToExport,
  base: readonly ChainLink[] | undefined,
  { connection, context, toolVersion, startedAt, keepUnfinished }: ExportDiskParts,
  extents: () => ExtentSpec,
  source: WriteExport['source'],
): WriteExport {
  const { request } = context.plan;
  return {
    folder: disk.plan.targetFolder,
    format: request.format,
    source,
    extents,
    sizeBytes: disk.snapshot.sizeBytes,
    base,
    skipUnchanged: request.skipUnchanged,
    limitBytesPerSecond: request.limitBytesPerSecond,
    about: about(connection.inventory(), disk),
    toolVersion,
    startedAt,
    keepUnfinished,
    releasedLocks: context.files.releasedLocks,
    signal: context.signal,
    ...(disk.unfinished ? { unfinished: disk.unfinished } : {}),
  };
}

function hooksFor(
  { plan, snapshot }: DiskToExport,
  planned: PackedBytes,
  { context, demandNotAttached, onCopy, onBegun }: ExportDiskParts,
  source: Pick<WriteHooks, 'refreshTargets' | 'share' | 'stream'>,
): WriteHooks {
  const { report, journal, files } = context;
  const { diskUuid, diskName } = plan;
  const { snapshotUuid, sizeBytes } = snapshot;
  let image = '';
  let running: RunningCopy | undefined;
  const next = (ended: 'connect' | 'copy' | 'flush', begun: 'copy' | 'flush' | 'verify') => () => {
    report.phase(diskUuid, ended, 'done');
    report.phase(diskUuid, begun, 'running');
  };
  const connected = next('connect', 'copy');
  return {
    ...source,
    onReserving: ({ manifest, mark }) => journal({ type: 'reserving', diskUuid, manifest, mark }),
    onFiles: ({ names, uuid, baseSha256 }) => {
      image = names.image;
      journal({
        type: 'writing',
        diskUuid,
        names: { ...names },
        uuid,
        ...(baseSha256 === undefined ? {} : { baseSha256 }),
      });
    },
    onBlocks: (done) => report.blocks(diskUuid, done),
    onStarted: (copy) => {
      running = copy;
      report.planned(diskUuid, sizeBytes, planned);
      report.copying(diskUuid, copy);
      onCopy(copy);
    },
    onConnected: () => {
      connected();
      onBegun();
    },
    onFlushing: next('copy', 'flush'),
    onCopied: demandNotAttached,
    onVerifying: next('flush', 'verify'),
    onPublishing: () => journal({ type: 'publishing', diskUuid }),
    onCheckpoint: ({ offset, sums }) => {
      if (sums === undefined) return;
      const progress = running?.counters.snapshot();
      try {
        files.writeCheckpoint(diskUuid, {
          version: 1,
          snapshotUuid,
          sizeBytes,
          image,
          offset,
          sums,
          progress,
        });
      } catch (error) {
        // The copy itself is well; only what an interruption could fall back on gets older.
        report.log('warn', `The checkpoint of ${diskName} could not be written: ${String(error)}`);
      }
    },
    onLog: (level, text) => report.log(level, text),
  };
}
