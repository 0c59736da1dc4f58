import { imageCorrupt, imageTruncated } from '../file-failures';
import type { InputFile } from '../input-file';
import type { ImageFault, ParentLink } from '../types';
import { DISK_DIFFERENCING, DISK_FIXED, FOOTER_BYTES, HEADER_BYTES } from './constants';
import { decodeFooter, type VhdFooter } from './footer';
import { decodeHeader, type VhdHeader } from './header';
import { readParentLink } from './parent-link';

export interface VhdMetadata {
  readonly footer: VhdFooter;
  /** Absent in a fixed disk. */
  readonly header: VhdHeader | undefined;
  readonly parentLink: ParentLink | undefined;
  /** Damage that could be worked around while opening. */
  readonly faults: readonly ImageFault[];
}

/** Most blocks of a disk that is believed: a table of 32 MiB, eight times that of the largest VHD. */
const MAX_BLOCKS = 8 * 1024 * 1024;

/** @throws FailureError when the file is no VHD, is cut short, or its header contradicts itself. */
export async function readMetadata(file: InputFile): Promise<VhdMetadata> {
  const faults: ImageFault[] = [];
  const footer = await readFooter(file, faults);
  if (footer.diskType === DISK_FIXED) {
    if (footer.sizeBytes > file.sizeBytes) imageTruncated(file.path, footer.sizeBytes, file.sizeBytes);
    return { footer, header: undefined, parentLink: undefined, faults };
  }
  const header = await readHeader(file, footer);
  const parentLink =
    footer.diskType === DISK_DIFFERENCING ? await readParentLink(file, header, faults) : undefined;
  return { footer, header, parentLink, faults };
}

/** The footer at the end, or its copy at the start when the one at the end is damaged. */
async function readFooter(file: InputFile, faults: ImageFault[]): Promise<VhdFooter> {
  const endOffset = file.sizeBytes - FOOTER_BYTES;
  if (endOffset < 0) imageCorrupt(file.path, 0, 'the file is too short for a VHD');
  const end = decodeFooter(await file.readBuffer(endOffset, FOOTER_BYTES));
  const copy = decodeFooter(await file.readBuffer(0, FOOTER_BYTES));
  if (typeof end === 'string') {
    if (typeof copy === 'string' || copy.diskType === DISK_FIXED) imageCorrupt(file.path, endOffset, end);
    faults.push({ fileOffset: endOffset, message: `${end}; the copy at the start of the file is used` });
    return copy;
  }
  if (end.diskType === DISK_FIXED) return end;
  if (typeof copy === 'string') {
    faults.push({ fileOffset: 0, message: `${copy} at the start of the file` });
  } else if (!sameFooter(end, copy)) {
    faults.push({ fileOffset: 0, message: 'the footer and its copy at the start of the file differ' });
  }
  return end;
}

const sameFooter = (a: VhdFooter, b: VhdFooter): boolean =>
  a.diskType === b.diskType &&
  a.sizeBytes === b.sizeBytes &&
  a.uuid === b.uuid &&
  a.headerOffset === b.headerOffset &&
  a.timestamp === b.timestamp;

async function readHeader(file: InputFile, footer: VhdFooter): Promise<VhdHeader> {
  const { headerOffset, sizeBytes } = footer;
  const { path } = file;
  if (headerOffset + HEADER_BYTES > file.sizeBytes)
    imageTruncated(path, headerOffset + HEADER_BYTES, file.sizeBytes);
  const header = decodeHeader(await file.readBuffer(headerOffset, HEADER_BYTES));
  if (typeof header === 'string') imageCorrupt(path, headerOffset, header);
  const blocks = Math.ceil(sizeBytes / header.blockBytes);
  if (blocks > header.tableEntries) {
    imageCorrupt(path, headerOffset, `its table has ${header.tableEntries} entries for ${blocks} blocks`);
  }
  if (blocks > MAX_BLOCKS) imageCorrupt(path, headerOffset, `${blocks} blocks are more than any VHD has`);
  const tableEnd = header.tableOffset + blocks * 4;
  if (tableEnd > file.sizeBytes) imageTruncated(path, tableEnd, file.sizeBytes);
  return header;
}
