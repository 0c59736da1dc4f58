import { randomUUID } from 'node:crypto';
import { fail } from '../../../../shared/model/failure';
import type { BlockSink } from '../../block-io/types';
import { requireDiskSize } from '../image-size';
import { OutputFile } from '../output-file';
import type { CreateImageOptions } from '../types';
import { BitmapStore } from './bitmap-store';
import { BlockTable } from './block-table';
import {
  BLOCK_BYTES,
  DISK_DIFFERENCING,
  DISK_DYNAMIC,
  FOOTER_BYTES,
  HEADER_BYTES,
  MAX_DISK_BYTES,
  roundUp,
  SECTOR_BYTES,
} from './constants';
import { encodeFooter, vhdTimestamp } from './footer';
import { encodeHeader } from './header';
import { NO_PARENT, parentEntry } from './parent-entry';
import { VhdWriter } from './writer';

/**
 * A new VHD at `options.path`: dynamic, or differencing when a parent is given. Writes must be whole sectors.
 * @throws FailureError when the size does not fit the format, the parent is no VHD, or the target cannot be written.
 */
export async function createVhd(options: CreateImageOptions): Promise<BlockSink> {
  const { path, sizeBytes, parent, writes } = options;
  const { footer, start, tableOffset, tableEntries, dataOffset } = vhdStart(options, new Date());
  const file = await OutputFile.create(path, writes);
  try {
    file.writeNow(start, 0, start.length, 0);
    const table = new BlockTable(file, tableOffset, tableEntries);
    table.flush();
    return new VhdWriter({
      file,
      table,
      bitmaps: parent === undefined ? undefined : new BitmapStore(file),
      footer,
      sizeBytes,
      dataOffset,
    });
  } catch (error) {
    await file.discard();
    throw error;
  }
}

export interface VhdStart {
  readonly footer: Buffer;
  /** What stands before the table: copy of the footer, header, locators. */
  readonly start: Buffer;
  readonly tableOffset: number;
  readonly tableEntries: number;
  /** First byte behind the table. */
  readonly dataOffset: number;
}

/** The metadata of a new image that was begun at `created`. @throws FailureError when the format cannot hold it. */
export function vhdStart(
  { sizeBytes, parent, finalPath, uuid = randomUUID() }: CreateImageOptions,
  created: Date,
): VhdStart {
  requireVhdSize(sizeBytes);
  const { fields, texts } = parent === undefined ? NO_PARENT : parentEntry(parent, finalPath);
  const tableOffset = FOOTER_BYTES + HEADER_BYTES + texts.length;
  const tableEntries = Math.ceil(sizeBytes / BLOCK_BYTES);
  const footer = encodeFooter({
    diskType: parent === undefined ? DISK_DYNAMIC : DISK_DIFFERENCING,
    sizeBytes,
    headerOffset: FOOTER_BYTES,
    timestamp: vhdTimestamp(created),
    uuid,
  });
  const header = encodeHeader({ ...fields, tableOffset, tableEntries, blockBytes: BLOCK_BYTES });
  return {
    footer,
    start: Buffer.concat([footer, header, texts]),
    tableOffset,
    tableEntries,
    dataOffset: tableOffset + roundUp(tableEntries * 4, SECTOR_BYTES),
  };
}

/** Refuses a disk that VHD cannot hold. To be asked before anything is created. */
export function requireVhdSize(sizeBytes: number): void {
  requireDiskSize(sizeBytes, SECTOR_BYTES, 'VHD');
  if (sizeBytes <= MAX_DISK_BYTES) return;
  fail({
    code: 'image-too-large-for-vhd',
    message: `A disk of ${sizeBytes} bytes does not fit VHD, which ends at 2040 GiB (${MAX_DISK_BYTES} bytes).`,
    nextStep: 'Choose qcow2 or raw as the format.',
  });
}
