import { randomUUID } from 'node:crypto';
import type { BlockBitmap } from '../../../../shared/blocks/bitmap';
import { CBT_BLOCK_SIZE, type Extent } from '../../../../shared/blocks/extent';
import { BITMAP_BYTES, BLOCK_BYTES, FOOTER_BYTES, SECTOR_BYTES } from './constants';
import { vhdStart } from './create';
import { setSectors } from './sector-bitmap';

/** A part of an upload: bytes as they are, or a range of the disk to be read. */
export type UploadPart = { readonly bytes: Buffer } | { readonly extent: Extent };

export interface Upload {
  /** Exact, and known before the first byte. */
  readonly contentLength: number;
  readonly parts: () => Generator<UploadPart>;
}

const BLOCKS_PER_VHD_BLOCK = BLOCK_BYTES / CBT_BLOCK_SIZE;

/**
 * A dynamic VHD that is sent in one go: its table is complete before the data that it points to, which follows in
 * ascending order. Only 2 MiB blocks that hold anything are part of it. Whoever imports it writes every sector that is
 * marked, so sectors beyond the disk are not. Source: xen-api ocaml/libs/vhd/vhd_format/f.ml.
 * @param used blocks of 64 KiB that may hold data
 * @throws FailureError when the size does not fit the format
 */
export function vhdUpload(sizeBytes: number, used: BlockBitmap): Upload {
  const start = vhdStart({ path: '', finalPath: '', sizeBytes, uuid: randomUUID() }, new Date());
  const blocks = usedVhdBlocks(used);
  const table = Buffer.alloc(start.dataOffset - start.tableOffset, 0xff);
  blocks.forEach((block, at) => {
    const position = start.dataOffset + at * (BITMAP_BYTES + BLOCK_BYTES);
    table.writeUInt32BE(position / SECTOR_BYTES, block * 4);
  });
  return {
    contentLength: start.dataOffset + blocks.length * (BITMAP_BYTES + BLOCK_BYTES) + FOOTER_BYTES,
    parts: function* () {
      yield { bytes: Buffer.concat([start.start, table]) };
      for (const block of blocks) {
        const offset = block * BLOCK_BYTES;
        const length = Math.min(BLOCK_BYTES, sizeBytes - offset);
        const bitmap = Buffer.alloc(BITMAP_BYTES);
        setSectors(bitmap, 0, length / SECTOR_BYTES);
        yield { bytes: bitmap };
        yield { extent: { offset, length } };
        if (length < BLOCK_BYTES) yield { bytes: Buffer.alloc(BLOCK_BYTES - length) };
      }
      yield { bytes: start.footer };
    },
  };
}

function usedVhdBlocks(used: BlockBitmap): number[] {
  const blocks: number[] = [];
  for (const [first, end] of used.runs()) {
    const from = Math.max(Math.floor(first / BLOCKS_PER_VHD_BLOCK), (blocks.at(-1) ?? -1) + 1);
    for (let block = from; block * BLOCKS_PER_VHD_BLOCK < end; block++) blocks.push(block);
  }
  return blocks;
}
