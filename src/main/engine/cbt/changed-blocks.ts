import { z } from 'zod';
import { BlockBitmap } from '../../../shared/blocks/bitmap';
import { blockCount } from '../../../shared/blocks/extent';
import { fail, type Failure } from '../../../shared/model/failure';
import { attempt, type Result } from '../../../shared/model/result';
import { LongText, systemClock, type Clock, type PoolConnection } from '../xapi';
import { askAsTask, reference } from './calls';
import { whileBusy } from './while-busy';

const bitmapText = z.union([z.string(), z.instanceof(LongText)]);

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
      askAsTask(connection, bitmapText, 'VDI.list_changed_blocks', [from, to], options),
    );
    return new BlockBitmap(decodeBitmap(base64, sizeBytes), sizeBytes);
  });

/** Four of them are three bytes, whatever the piece. */
const PIECE_CHARACTERS = 16 * 1024;

/**
 * The bytes of a bitmap that covers a disk exactly, decoded in the place of its text if that is long: there is no second
 * copy of it. Source: blktap include/cbt-util.h, `bitmap_size`.
 * @throws FailureError `change-log-inconsistent`
 */
export function decodeBitmap(base64: string | LongText, sizeBytes: number): Uint8Array {
  const bytes = asBuffer(base64);
  let length = 0;
  let ended = false;
  for (let at = 0; at < bytes.length; at += PIECE_CHARACTERS) {
    const piece = bytes.toString('latin1', at, at + PIECE_CHARACTERS);
    const decoded = bytes.write(piece, length, 'base64');
    // Padding may stand at the end alone.
    if (ended || bytes.toString('base64', length, length + decoded) !== piece)
      inconsistent('the bitmap is not base64');
    ended = piece.endsWith('=');
    length += decoded;
  }
  const expected = Math.ceil(blockCount(sizeBytes) / 8);
  // A longer one has blocks of another size, or is of another disk.
  if (length !== expected) {
    inconsistent(`${length} bytes of bitmap for a disk of ${sizeBytes} bytes, which needs ${expected}`);
  }
  return bytes.subarray(0, length);
}

function asBuffer(text: string | LongText): Buffer {
  if (typeof text === 'string') return Buffer.from(text);
  const { buffer, byteOffset, length } = text.bytes ?? new Uint8Array();
  return Buffer.from(buffer, byteOffset, length);
}

const inconsistent = (details: string): never =>
  fail({
    code: 'change-log-inconsistent',
    message: 'The pool’s list of changed blocks does not fit the disk, so it cannot be trusted.',
    nextStep: 'Make a full export. It becomes the base of the next increments.',
    details,
  });
