import { BlockBitmap } from '../../../../shared/blocks/bitmap';
import { blockCount, CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import { fail } from '../../../../shared/model/failure';
import {
  BITMAP_BYTES,
  BLOCK_BYTES,
  DISK_DIFFERENCING,
  DISK_FIXED,
  FOOTER_BYTES,
  HEADER_BYTES,
  SECTOR_BYTES,
  UNUSED,
} from '../../image/vhd/constants';
import { largeBytes } from '../../../../shared/blocks/large-bytes';
import { decodeFooter } from '../../image/vhd/footer';
import { decodeHeader } from '../../image/vhd/header';
import type { ByteReader } from './byte-reader';

/** A host places header and table within the first few MiB; a table of 4 MiB covers the largest VHD. */
const LATEST_TABLE = 64 * 1024 * 1024;
const MOST_ENTRIES = 1 << 20;

export interface VhdLayout {
  readonly sizeBytes: number;
  /** 2 MiB blocks that the stream holds, in stream order. */
  readonly blocks: readonly { readonly block: number; readonly position: number }[];
}

/** What a stream must be to be what was asked for; anything else would leave out blocks without a word. */
export interface ExpectedLayout {
  /** Only what differs from a base was asked for. */
  readonly differencing: boolean;
  /** The disk has so many bytes. */
  readonly sizeBytes: number;
}

/**
 * Reads the metadata at the start of a VHD that a host streams, up to the end of its block table.
 * @throws FailureError `stream-unexpected`, `stream-truncated`
 */
export async function readVhdLayout(reader: ByteReader, expected: ExpectedLayout): Promise<VhdLayout> {
  const footer = decodeFooter(await reader.take(FOOTER_BYTES));
  if (typeof footer === 'string') return unexpected(footer);
  if (footer.diskType === DISK_FIXED) return unexpected('it is a fixed disk');
  if ((footer.diskType === DISK_DIFFERENCING) !== expected.differencing)
    return unexpected(`it is ${expected.differencing ? 'whole' : 'a difference'}, which was not asked for`);
  if (footer.sizeBytes < expected.sizeBytes)
    return unexpected(`it holds ${footer.sizeBytes} of the disk’s ${expected.sizeBytes} bytes`);
  if (footer.headerOffset < FOOTER_BYTES || footer.headerOffset > LATEST_TABLE)
    return unexpected(`its header is at ${footer.headerOffset}`);
  await reader.skipTo(footer.headerOffset);
  const header = decodeHeader(await reader.take(HEADER_BYTES));
  if (typeof header === 'string') return unexpected(header);
  const { tableOffset, tableEntries, blockBytes } = header;
  if (blockBytes !== BLOCK_BYTES) return unexpected(`its blocks have ${blockBytes} bytes`);
  if (tableOffset < reader.position || tableOffset > LATEST_TABLE)
    return unexpected(`its table is at ${tableOffset}`);
  const blocksOfDisk = Math.ceil(footer.sizeBytes / BLOCK_BYTES);
  if (tableEntries > MOST_ENTRIES || tableEntries < blocksOfDisk)
    return unexpected(`its table has ${tableEntries} entries`);
  await reader.skipTo(tableOffset);
  const table = await reader.take(tableEntries * 4);
  const blocks: { block: number; position: number }[] = [];
  for (let block = 0; block < blocksOfDisk; block++) {
    const sector = table.readUInt32BE(block * 4);
    if (sector !== UNUSED) blocks.push({ block, position: sector * SECTOR_BYTES });
  }
  blocks.sort((a, b) => a.position - b.position);
  let free = reader.position;
  for (const { block, position } of blocks) {
    if (position < free) return unexpected(`block ${block} overlaps what comes before it`);
    free = position + BITMAP_BYTES + BLOCK_BYTES;
  }
  return { sizeBytes: footer.sizeBytes, blocks };
}

/** The blocks of the layout as a bitmap of 64 KiB blocks: all that may hold data (full) or differ (with a base). */
export function blocksOfLayout(layout: VhdLayout, sizeBytes: number): BlockBitmap {
  const bitmap = new BlockBitmap(largeBytes(Math.ceil(blockCount(sizeBytes) / 8)), sizeBytes);
  const per = BLOCK_BYTES / CBT_BLOCK_SIZE;
  for (const { block } of layout.blocks) {
    const end = Math.min((block + 1) * per, bitmap.blocks);
    for (let at = block * per; at < end; at++) bitmap.set(at);
  }
  return bitmap;
}

export function unexpected(why: string): never {
  return fail({
    code: 'stream-unexpected',
    message: 'The host streams the disk in a way that Deltascope does not understand.',
    nextStep: 'Use NBD for this disk, and report this with the details.',
    details: why,
  });
}
