import type { BlockBitmap } from '../../../../shared/blocks/bitmap';
import type { DiskPlan } from '../../../../shared/model/export-plan';
import { attempt, unwrap, type Result } from '../../../../shared/model/result';
import { changedBlocks, type DiskSnapshot } from '../../cbt';
import { MAX_DISK_BYTES } from '../../image/vhd/constants';
import type { PoolConnection } from '../../xapi';
import { ByteReader } from '../stream/byte-reader';
import { blocksOfLayout, readVhdLayout } from '../stream/vhd-layout';

/** The blocks an increment by changed block tracking consists of. Must be asked before NBD is opened. */
export const trackedChanges = (
  connection: PoolConnection,
  plan: DiskPlan,
  snapshot: DiskSnapshot,
  signal: AbortSignal,
): Promise<Result<BlockBitmap>> =>
  changedBlocks(connection, plan.base!.snapshotUuid, snapshot.snapshotUuid, snapshot.sizeBytes, { signal });

/**
 * The blocks that the host's own VHD export lists, in steps of 2 MiB: those that may hold data, or with a base those
 * that may differ from it. Only the table at the start is read; then the transfer is ended.
 * Source: xen-api ocaml/libs/vhd: the table stands before all blocks.
 */
export function listedByHost(
  connection: PoolConnection,
  snapshot: DiskSnapshot,
  baseUuid: string | undefined,
  signal: AbortSignal,
): Promise<Result<BlockBitmap>> {
  return attempt(async () => {
    const transfer = unwrap(
      await connection.exportRawVdi({
        vdiUuid: snapshot.snapshotUuid,
        format: 'vhd',
        signal,
        ...(baseUuid === undefined ? {} : { baseUuid }),
      }),
    );
    try {
      const { sizeBytes } = snapshot;
      const expected = { sizeBytes, differencing: baseUuid !== undefined };
      return blocksOfLayout(await readVhdLayout(new ByteReader(transfer.stream), expected), sizeBytes);
    } finally {
      await transfer.cancel();
    }
  });
}

/** Whether the host can tell which blocks of a full disk are in use. */
export const hostListsBlocks = (connection: PoolConnection, { diskUuid, sizeBytes }: DiskSnapshot): boolean =>
  sizeBytes <= MAX_DISK_BYTES && connection.diskFacts(diskUuid)?.raw !== true;
