import { z } from 'zod';
import { BlockBitmap } from '../../../shared/blocks/bitmap';
import { blockCount } from '../../../shared/blocks/extent';
import { fail, type Failure } from '../../../shared/model/failure';
import { attempt, type Result } from '../../../shared/model/result';
import { systemClock, type Clock, type PoolConnection } from '../xapi';
import { askAsTask, reference } from './calls';
import { whileBusy } from './while-busy';

export interface ChangedBlocksOptions {
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  /** Milliseconds to wait while the newer snapshot is in use. One minute when absent. */
  readonly patience?: number;
  /** Told of each failure that is waited out. */
  readonly onWait?: (failure: Failure) => void;
}

/**
 * The blocks written between two snapshots of one disk, the older one first. Ask before any NBD connection to the newer
 * one is opened: that counts as using it. Either the storage's exact answer or a failure, never a guess: `changes-unrelated`,
 * `change-log-inconsistent`, `disk-in-use` and others. Source: xen-api ocaml/xapi/xapi_vdi.ml, list_changed_blocks.
 * @param sizeBytes size of the newer snapshot
 */
export const changedBlocks = (
  connection: PoolConnection,
  fromUuid: string,
  toUuid: string,
  sizeBytes: number,
  { signal, clock = systemClock, patience = 60_000, onWait }: ChangedBlocksOptions = {},
): Promise<Result<BlockBitmap>> =>
  attempt(async () => {
    const from = await reference(connection, 'VDI', fromUuid);
    const to = await reference(connection, 'VDI', toUuid);
    const options = signal ? { signal } : {};
    // As a task: on large disks the answer of a plain call comes too late. Source: Xen Orchestra changelog 5.100.2.
    const patient = { clock, patience, ...options, ...(onWait ? { onWait } : {}) };
    const base64 = await whileBusy(patient, () =>
      askAsTask(connection, z.string(), 'VDI.list_changed_blocks', [from, to], options),
    );
    return new BlockBitmap(decodeBitmap(base64, sizeBytes), sizeBytes);
  });

/**
 * The bytes of a bitmap that covers a disk exactly. Source: blktap include/cbt-util.h, `bitmap_size`.
 * @throws FailureError `change-log-inconsistent`
 */
export function decodeBitmap(base64: string, sizeBytes: number): Uint8Array {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') !== base64) inconsistent('the bitmap is not base64');
  const expected = Math.ceil(blockCount(sizeBytes) / 8);
  const tail = bytes.subarray(expected);
  if (bytes.length < expected || tail.some((byte) => byte !== 0)) {
    inconsistent(`${bytes.length} bytes of bitmap for a disk of ${sizeBytes} bytes, which needs ${expected}`);
  }
  return bytes.subarray(0, expected);
}

const inconsistent = (details: string): never =>
  fail({
    code: 'change-log-inconsistent',
    message: 'The pool’s list of changed blocks does not fit the disk, so it cannot be trusted.',
    nextStep: 'Make a full export. It becomes the base of the next increments.',
    details,
  });
