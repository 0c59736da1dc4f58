import type { BlockBitmap } from '../../../../shared/blocks/bitmap';
import type { DiskPlan } from '../../../../shared/model/export-plan';
import type { Failure } from '../../../../shared/model/failure';
import { attempt, unwrap, type Result } from '../../../../shared/model/result';
import { sizeWords } from '../../../../shared/preflight';
import { changedBlocks, whileBusy, type DiskSnapshot } from '../../cbt';
import { MAX_DISK_BYTES } from '../../image/vhd/constants';
import { systemClock, type PoolConnection, type RawExport, type RawExportRequest } from '../../xapi';
import { ByteReader } from '../stream/byte-reader';
import { readQcow2Blocks } from '../stream/qcow2-layout';
import { blocksOfLayout, readVhdLayout } from '../stream/vhd-layout';

/** The blocks an increment by changed block tracking consists of. Must be asked before NBD is opened. */
export const trackedChanges = (
  connection: PoolConnection,
  plan: DiskPlan,
  snapshot: DiskSnapshot,
  patience: Waiting,
): Promise<Result<BlockBitmap>> =>
  changedBlocks(connection, plan.base!.snapshotUuid, snapshot.snapshotUuid, snapshot.sizeBytes, patience);

/** How long something that is in use is waited for, and who hears of it. */
export interface Waiting {
  readonly signal: AbortSignal;
  readonly onWait?: (failure: Failure) => void;
}

/** The format of the host's own export that names the blocks of a disk. */
export type ListingFormat = 'vhd' | 'qcow2';

/**
 * In which format the host can list the blocks of a disk without reading it: the one the disk is stored in. Undefined
 * when it cannot: a disk stored raw, or too large for a VHD and yet not known to be a qcow2.
 * Source: xen-api ocaml/xapi/qcow_tool_wrapper.ml, ocaml/xapi/vhd_tool_wrapper.ml.
 */
export function listingFormat(
  connection: PoolConnection,
  { diskUuid, sizeBytes }: DiskSnapshot,
): ListingFormat | undefined {
  const facts = connection.diskFacts(diskUuid);
  if (facts?.qcow2) return 'qcow2';
  return sizeBytes <= MAX_DISK_BYTES && facts?.raw !== true ? 'vhd' : undefined;
}

/**
 * The blocks that the host's own export lists, in steps of 2 MiB (VHD) or 64 KiB (qcow2): those that may hold data, or
 * with a base those that may differ from it. Only the tables at the start are read; then the transfer is ended.
 * Source: xen-api ocaml/libs/vhd, python3/libexec/qcow2-to-stdout.py: the tables stand before all data.
 */
export function listedByHost(
  connection: PoolConnection,
  snapshot: DiskSnapshot,
  baseUuid: string | undefined,
  { taskName, signal, onWait }: Waiting & { readonly taskName?: string },
): Promise<Result<BlockBitmap>> {
  return attempt(async () => {
    const format = listingFormat(connection, snapshot) ?? 'vhd';
    const transfer = await exportWhenFree(connection, {
      vdiUuid: snapshot.snapshotUuid,
      format,
      signal,
      ...(taskName === undefined ? {} : { taskName }),
      ...(baseUuid === undefined ? {} : { baseUuid }),
      ...(onWait ? { onWait } : {}),
    });
    try {
      const { sizeBytes } = snapshot;
      const reader = new ByteReader(transfer.stream);
      const expected = { sizeBytes, differencing: baseUuid !== undefined };
      if (format === 'qcow2') return await readQcow2Blocks(reader, expected);
      return blocksOfLayout(await readVhdLayout(reader, expected), sizeBytes);
    } finally {
      await transfer.cancel();
    }
  });
}

/** Begins the host's own export; a snapshot that somebody else attaches at the moment is waited for. @throws FailureError */
export const exportWhenFree = (
  connection: PoolConnection,
  { onWait, ...request }: RawExportRequest & Waiting,
): Promise<RawExport> => {
  const patient = { clock: systemClock, patience: 60_000, signal: request.signal };
  return whileBusy({ ...patient, ...(onWait ? { onWait } : {}) }, async () =>
    unwrap(await connection.exportRawVdi(request)),
  );
};

/** Whether the host can tell which blocks of a full disk are in use. */
export const hostListsBlocks = (connection: PoolConnection, snapshot: DiskSnapshot): boolean =>
  listingFormat(connection, snapshot) !== undefined;

/** For the log: what the host listed, and by which of its exports. */
export function howListed(
  connection: PoolConnection,
  snapshot: DiskSnapshot,
  listed: BlockBitmap,
  since: 'in use' | 'that may differ from the base',
): string {
  const format = listingFormat(connection, snapshot) === 'qcow2' ? 'qcow2' : 'VHD';
  const sizes = `${sizeWords(listed.changedBytes())} of ${sizeWords(snapshot.sizeBytes)}`;
  return `The host’s ${format} export lists ${sizes} ${since}; only these are read.`;
}
