import { randomBytes } from 'node:crypto';
import type { Extent } from '../../../shared/blocks/extent';
import type { VirtualDisk } from '../storage/virtual-disk';
import type { Piece } from './export-handler';
import {
  BITMAP_BYTES,
  BLOCK_BYTES,
  footerOf,
  headerOf,
  SECTOR,
  TABLE_OFFSET,
  UNUSED,
  type VhdParent,
} from './vhd-format';

export interface VhdBase {
  readonly disk: VirtualDisk;
  readonly uuid: string;
}

/**
 * A disk as a VHD the way XAPI streams it: whole 2 MiB blocks in ascending order, every sector marked present; with a
 * base only blocks that the storage's chain has above it. Change tracking plays no part.
 * Source: xen-api ocaml/libs/vhd/vhd_format/f.ml, `vhd_common`.
 */
export async function* vhdStream(disk: VirtualDisk, base: VhdBase | undefined): AsyncGenerator<Piece> {
  const { sizeBytes } = disk;
  const entries = Math.ceil(sizeBytes / BLOCK_BYTES);
  const blocks = blocksOf(base ? disk.differences(base.disk) : disk.allocated());
  const parent: VhdParent | undefined = base && {
    uuid: Buffer.from(base.uuid.replaceAll('-', ''), 'hex'),
    name: `${base.uuid}.vhd`,
  };
  const footer = footerOf(sizeBytes, randomBytes(16), base !== undefined);
  const table = Buffer.alloc(Math.ceil((entries * 4) / SECTOR) * SECTOR, 0xff);
  let position = TABLE_OFFSET + table.length;
  for (const block of blocks) {
    table.writeUInt32BE(position / SECTOR, block * 4);
    position += BITMAP_BYTES + BLOCK_BYTES;
  }
  const front = Buffer.concat([footer, headerOf(entries, parent), Buffer.alloc(SECTOR), table]);
  yield { bytes: front, done: 0 };
  for (const [index, block] of blocks.entries()) {
    const bytes = Buffer.alloc(BITMAP_BYTES + BLOCK_BYTES);
    bytes.fill(0xff, 0, BITMAP_BYTES);
    const offset = block * BLOCK_BYTES;
    const data = await disk.read(offset, Math.min(BLOCK_BYTES, sizeBytes - offset));
    data.copy(bytes, BITMAP_BYTES);
    yield { bytes, done: (index + 1) / blocks.length };
  }
  yield { bytes: footer, done: 1 };
}

/** The blocks that extents touch, ascending. */
function blocksOf(extents: readonly Extent[]): number[] {
  const blocks = new Set<number>();
  for (const { offset, length } of extents) {
    const last = Math.floor((offset + length - 1) / BLOCK_BYTES);
    for (let block = Math.floor(offset / BLOCK_BYTES); block <= last; block++) blocks.add(block);
  }
  return [...blocks].filter((block) => block < UNUSED).sort((a, b) => a - b);
}
