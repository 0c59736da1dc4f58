import { OutputFile } from '../output-file';
import type { CreateImageOptions, ResumedSink } from '../types';
import { unfinishedUnusable } from '../unfinished';
import { BitmapStore } from './bitmap-store';
import { BlockTable } from './block-table';
import { BITMAP_BYTES, BLOCK_BYTES, FOOTER_BYTES } from './constants';
import { vhdStart, type VhdStart } from './create';
import { dateOfTimestamp, decodeFooter } from './footer';
import { DATA_ALIGNMENT, VhdWriter } from './writer';

/**
 * Goes on with an unfinished VHD. Its start must be exactly what was written for this disk, uuid and parent; entries of
 * its table that cannot be are dropped, so that their blocks are written again.
 * @throws FailureError `unfinished-unusable`
 */
export async function resumeVhd(options: CreateImageOptions): Promise<ResumedSink> {
  const { path, sizeBytes, parent, writes } = options;
  const file = await OutputFile.reopen(path, writes);
  try {
    const { footer, tableOffset, tableEntries, dataOffset } = sameStart(file, options);
    const table = BlockTable.load(file, tableOffset, tableEntries);
    const end = dropImpossible(table, dataOffset, tableEntries);
    // What lies behind the last block belongs to none: new blocks must begin as holes.
    file.truncateNow(end);
    const bitmaps = parent === undefined ? undefined : new BitmapStore(file);
    const writer = new VhdWriter({ file, table, bitmaps, footer, sizeBytes, dataOffset, end });
    if (bitmaps === undefined)
      for (const [block, at] of blocksIn(table, tableEntries)) writer.restoreFullBitmap(block, at);
    return writer;
  } catch (error) {
    await file.close();
    throw error;
  }
}

function sameStart(file: OutputFile, options: CreateImageOptions): VhdStart {
  const found = Buffer.alloc(FOOTER_BYTES);
  if (file.sizeNow() < FOOTER_BYTES) unfinishedUnusable(file.path, 'it ends within its header');
  file.readNow(found, 0, FOOTER_BYTES, 0);
  const footer = decodeFooter(found);
  if (typeof footer === 'string') return unfinishedUnusable(file.path, footer);
  // Everything but the time of its creation follows from what it was created for.
  const wanted = vhdStart(options, dateOfTimestamp(footer.timestamp));
  if (file.sizeNow() < wanted.dataOffset) unfinishedUnusable(file.path, 'it ends within its table');
  const start = Buffer.alloc(wanted.start.length);
  file.readNow(start, 0, start.length, 0);
  if (!start.equals(wanted.start))
    unfinishedUnusable(file.path, 'its header was not written for this export');
  return wanted;
}

/** Drops entries that point outside or into another block. Returns the end of the last block. */
function dropImpossible(table: BlockTable, dataOffset: number, entries: number): number {
  const latest = dataOffset + entries * (BLOCK_BYTES + DATA_ALIGNMENT);
  const sound: { block: number; at: number }[] = [];
  for (const [block, at] of blocksIn(table, entries)) {
    const possible = at >= dataOffset && at <= latest && (at + BITMAP_BYTES) % DATA_ALIGNMENT === 0;
    if (possible) sound.push({ block, at });
    else table.drop(block);
  }
  sound.sort((a, b) => a.at - b.at);
  let end = dataOffset;
  for (const { block, at } of sound) {
    if (at < end) table.drop(block);
    else end = at + BITMAP_BYTES + BLOCK_BYTES;
  }
  return end;
}

function* blocksIn(table: BlockTable, entries: number): Generator<[block: number, at: number]> {
  for (let block = 0; block < entries; block++) {
    const at = table.get(block);
    if (at !== undefined) yield [block, at];
  }
}
