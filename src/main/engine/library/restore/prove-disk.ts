import { BlockBitmap } from '../../../../shared/blocks/bitmap';
import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import { fail } from '../../../../shared/model/failure';
import { unwrap } from '../../../../shared/model/result';
import { BlockBuffer } from '../../block-io/block-buffer';
import { isZero } from '../../block-io/zeros';
import type { NewDisk } from '../../cbt';
import { loadBlockHasher, type BlockHasher } from '../../export/checksums/block-hash';
import type { EffectiveChecksums } from '../../export/checksums/effective';
import { ByteReader } from '../../export/stream/byte-reader';
import { rawPieces, vhdPieces } from '../../export/stream/pieces';
import { blocksOfLayout, readVhdLayout } from '../../export/stream/vhd-layout';
import { MAX_DISK_BYTES } from '../../image/vhd/constants';
import type { DiskTransfers } from '../../xapi';

export interface Proof {
  readonly sums: EffectiveChecksums;
  /** Blocks that have a checksum. */
  readonly used: BlockBitmap;
  /** Of the exported disk; the new one reads as zeros behind it. */
  readonly sizeBytes: number;
  readonly signal: AbortSignal;
  /** Of the transfer's task on the pool. */
  readonly taskName: string;
  readonly progress: (doneBytes: number, totalBytes: number) => void;
}

/**
 * Reads the new disk back from the host and compares every block with the export's checksums; what the host leaves out,
 * because it is empty, must have been empty.
 * @returns the size of the disk: all of it was proved
 * @throws FailureError `restore-differs`, or why the disk cannot be read
 */
export async function proveDisk(transfers: DiskTransfers, disk: NewDisk, proof: Proof): Promise<number> {
  const { signal, progress, taskName } = proof;
  const hash = await loadBlockHasher();
  const format = disk.sizeBytes <= MAX_DISK_BYTES ? 'vhd' : 'raw';
  const transfer = unwrap(await transfers.exportRawVdi({ vdiUuid: disk.uuid, format, taskName, signal }));
  try {
    const reader = new ByteReader(transfer.stream as AsyncIterable<Uint8Array>);
    const { expected, pieces } = await openPieces(reader, format, disk.sizeBytes);
    const totalBytes = expected.changedBytes();
    let doneBytes = 0;
    for await (const piece of pieces) {
      checkPiece(piece, proof, hash);
      progress((doneBytes += piece.length), totalBytes);
    }
    unwrap(await transfer.finished());
    checkEmpty(expected, proof, hash);
    return disk.sizeBytes;
  } catch (error) {
    await transfer.cancel();
    throw error;
  }
}

/** `expected`: the blocks that will come; the host says that all others are empty. */
async function openPieces(
  reader: ByteReader,
  format: 'raw' | 'vhd',
  sizeBytes: number,
): Promise<{ expected: BlockBitmap; pieces: AsyncIterable<BlockBuffer> }> {
  if (format === 'raw')
    return { expected: BlockBitmap.full(sizeBytes), pieces: rawPieces(reader, sizeBytes) };
  const layout = await readVhdLayout(reader, { differencing: false, sizeBytes });
  return { expected: blocksOfLayout(layout, sizeBytes), pieces: vhdPieces(reader, layout, sizeBytes) };
}

function checkPiece({ memory, offset, length }: BlockBuffer, proof: Proof, hash: BlockHasher): void {
  for (let at = 0; at < length; at += CBT_BLOCK_SIZE) {
    const part = Math.min(CBT_BLOCK_SIZE, length - at);
    checkBlock(offset + at, memory, BlockBuffer.HEADROOM + at, part, proof, hash);
  }
}

const EMPTY = Buffer.alloc(CBT_BLOCK_SIZE);

/** Blocks without a checksum were empty, and are now. */
function checkEmpty(came: BlockBitmap, proof: Proof, hash: BlockHasher): void {
  for (const [first, end] of proof.used.runs()) {
    for (let block = first; block < end; block++)
      if (!came.has(block))
        checkBlock(block * CBT_BLOCK_SIZE, EMPTY, 0, came.blockLength(block), proof, hash);
  }
}

function checkBlock(
  offset: number,
  memory: Buffer,
  start: number,
  length: number,
  { sums, sizeBytes }: Proof,
  hash: BlockHasher,
): void {
  const onDisk = Math.max(0, Math.min(length, sizeBytes - offset));
  const isRight =
    (onDisk === 0 || sums.matches(offset / CBT_BLOCK_SIZE, hash, memory, start, onDisk)) &&
    isZero(memory, start + onDisk, length - onDisk);
  if (isRight) return;
  fail({
    code: 'restore-differs',
    message: `The new disk differs from the export at offset ${offset}.`,
    nextStep: 'Check the storage and the network to the pool, then restore again.',
  });
}
