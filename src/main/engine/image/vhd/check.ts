import type { ImageFault } from '../types';
import { FOOTER_BYTES, HEADER_BYTES } from './constants';
import type { TableReader } from './table-reader';

/** More faults than this say nothing new. */
const MAX_FAULTS = 100;

/** Checks where the blocks lie: within the file, clear of the metadata, and no two in one place. */
export async function checkBlocks(
  table: TableReader,
  headerOffset: number,
  blockLength: number,
  fileBytes: number,
): Promise<ImageFault[]> {
  const faults: ImageFault[] = [];
  const tableEnd = table.offset + table.blocks * 4;
  const reserved: [name: string, start: number, end: number][] = [
    ['the footer copy', 0, FOOTER_BYTES],
    ['the header', headerOffset, headerOffset + HEADER_BYTES],
    ['the block table', table.offset, tableEnd],
    ['the footer', fileBytes - FOOTER_BYTES, fileBytes],
  ];
  // Eight bytes for each block: 8 MiB for the largest VHD.
  const places = new Float64Array(table.blocks);
  let count = 0;
  for await (const [block, start] of table.allocated()) {
    places[count++] = start;
    const end = start + blockLength;
    const fault = (message: string): unknown =>
      faults.push({ fileOffset: table.offset + block * 4, message: `block ${block} ${message}` });
    if (end > fileBytes) fault(`ends at byte ${end}, beyond the file's end at ${fileBytes}`);
    else {
      const hit = reserved.find(([, from, to]) => start < to && end > from);
      if (hit !== undefined) fault(`lies over ${hit[0]}`);
    }
    if (faults.length >= MAX_FAULTS) return faults;
  }
  const sorted = places.subarray(0, count).sort();
  for (let index = 1; index < count && faults.length < MAX_FAULTS; index++) {
    const start = sorted[index];
    if (start - sorted[index - 1] < blockLength) {
      faults.push({ fileOffset: start, message: 'two blocks lie in the same place' });
    }
  }
  return faults;
}
