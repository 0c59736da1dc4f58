import type { BlockBitmap } from '../../../../shared/blocks/bitmap';
import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import type { NewDisk } from '../../cbt';
import { MAX_DISK_BYTES, SECTOR_BYTES } from '../../image/vhd/constants';
import { vhdUpload, type Upload } from '../../image/vhd/upload';

export interface ChosenUpload extends Upload {
  readonly format: 'vhd' | 'raw';
  /** Why this format, in words. */
  readonly reason: string;
}

/**
 * How a disk is uploaded: as a VHD, which leaves out what is empty, wherever that is possible and shorter; else raw.
 * @param sizeBytes of the exported disk; the new one is at least as large
 * @param used blocks of 64 KiB that may hold data; all others are zero
 */
export function chooseUpload(sizeBytes: number, disk: NewDisk, used: BlockBitmap): ChosenUpload {
  const raw = (reason: string): ChosenUpload => ({
    ...rawUpload(disk.sizeBytes, used),
    format: 'raw',
    reason,
  });
  // What a raw disk held before shines through wherever nothing is written, and hosts refuse a VHD for some.
  if (disk.isRaw) return raw('the storage keeps this disk raw, so all of it is written, zeros too');
  if (sizeBytes > MAX_DISK_BYTES) return raw('VHD ends at 2040 GiB');
  if (sizeBytes % SECTOR_BYTES !== 0) return raw('the size is no whole number of sectors');
  const vhd = vhdUpload(sizeBytes, used);
  if (vhd.contentLength >= disk.sizeBytes) return raw('the disk is full, so a VHD would not be shorter');
  return { ...vhd, format: 'vhd', reason: 'empty parts of the disk need not be sent' };
}

const PIECE_BYTES = 1024 * 1024;
const ZEROS = Buffer.alloc(PIECE_BYTES);

/** The whole disk as it is, what the storage added at its end as zeros. */
function rawUpload(newSizeBytes: number, used: BlockBitmap): Upload {
  const blocks = PIECE_BYTES / CBT_BLOCK_SIZE;
  return {
    contentLength: newSizeBytes,
    parts: function* () {
      for (let offset = 0; offset < newSizeBytes; offset += PIECE_BYTES) {
        const end = Math.min(offset + PIECE_BYTES, newSizeBytes);
        const first = offset / CBT_BLOCK_SIZE;
        const isUsed = !used.runs(first, first + blocks).next().done;
        const readEnd = isUsed ? Math.min(end, used.sizeBytes) : offset;
        if (readEnd > offset) yield { extent: { offset, length: readEnd - offset } };
        if (end > readEnd) yield { bytes: ZEROS.subarray(0, end - readEnd) };
      }
    },
  };
}
