import { BlockBuffer } from '../../block-io/block-buffer';
import { BITMAP_BYTES, BLOCK_BYTES } from '../../image/vhd/constants';
import type { ByteReader } from './byte-reader';
import { unexpected, type VhdLayout } from './vhd-layout';

/** Divides 2 MiB and is a multiple of 64 KiB, so that no piece crosses a VHD block or splits a checksum block. */
const PIECE_BYTES = 1024 * 1024;

/** A raw stream as pieces of the disk; the same buffer each time. @throws FailureError `stream-unexpected` when it is longer. */
export async function* rawPieces(reader: ByteReader, sizeBytes: number): AsyncGenerator<BlockBuffer> {
  const buffer = new BlockBuffer(PIECE_BYTES);
  for (let offset = 0; offset < sizeBytes; offset += PIECE_BYTES) {
    await fillPiece(buffer, reader, offset, Math.min(PIECE_BYTES, sizeBytes - offset));
    yield buffer;
  }
  // What a host rounds up is empty; anything else belongs to a larger disk than the pool says it is.
  if (!(await reader.drainZeros())) unexpected(`it goes on with data behind the disk’s ${sizeBytes} bytes`);
}

/** The blocks of a VHD stream as pieces of the disk; the same buffer each time. */
export async function* vhdPieces(
  reader: ByteReader,
  layout: VhdLayout,
  sizeBytes: number,
): AsyncGenerator<BlockBuffer> {
  const buffer = new BlockBuffer(PIECE_BYTES);
  for (const { block, position } of layout.blocks) {
    await reader.skipTo(position);
    const bitmap = await reader.take(BITMAP_BYTES);
    // A host always sends whole blocks. Source: xen-api ocaml/libs/vhd/vhd_format/f.ml.
    if (!bitmap.every((byte) => byte === 0xff)) unexpected(`block ${block} is sent in part`);
    const end = Math.min((block + 1) * BLOCK_BYTES, sizeBytes);
    for (let offset = block * BLOCK_BYTES; offset < end; offset += PIECE_BYTES) {
      await fillPiece(buffer, reader, offset, Math.min(PIECE_BYTES, end - offset));
      yield buffer;
    }
  }
  await reader.drain();
}

async function fillPiece(
  buffer: BlockBuffer,
  reader: ByteReader,
  offset: number,
  length: number,
): Promise<void> {
  await reader.fill(buffer.memory, BlockBuffer.HEADROOM, length);
  buffer.offset = offset;
  buffer.length = length;
}
