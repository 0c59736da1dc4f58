import { XapiError } from '../rpc/xapi-error';
import type { VirtualDisk } from '../storage/virtual-disk';
import type { ByteReader } from './byte-reader';
import { BITMAP_BYTES, BLOCK_BYTES, hasSoundChecksum, SECTOR, UNUSED } from './vhd-format';

const broken = (what: string): XapiError => new XapiError('VDI_IO_ERROR', `Invalid VHD: ${what}`);

/**
 * Lays a VHD over a disk: only sectors that the bitmaps name are written, so a differencing VHD updates what is there.
 * Parent links are ignored. Source: xen-api ocaml/libs/vhd/vhd_format/f.ml, ocaml/vhd-tool.
 */
export async function importVhd(reader: ByteReader, totalBytes: number, disk: VirtualDisk): Promise<void> {
  const footer = await reader.read(SECTOR);
  if (footer.toString('latin1', 0, 8) !== 'conectix' || !hasSoundChecksum(footer, 64)) throw broken('footer');
  const sizeBytes = Number(footer.readBigUInt64BE(48));
  if (sizeBytes > disk.sizeBytes) throw broken('larger than the disk');
  await skipTo(reader, Number(footer.readBigUInt64BE(16)));
  const header = await reader.read(1024);
  if (header.toString('latin1', 0, 8) !== 'cxsparse' || !hasSoundChecksum(header, 36)) throw broken('header');
  if (header.readUInt32BE(32) !== BLOCK_BYTES) throw broken('block size');
  const entries = header.readUInt32BE(28);
  if (entries * 4 > totalBytes || entries < Math.ceil(sizeBytes / BLOCK_BYTES)) throw broken('table size');
  await skipTo(reader, Number(header.readBigUInt64BE(16)));
  const table = await reader.read(Math.ceil((entries * 4) / SECTOR) * SECTOR);
  for (const { block, position } of blocksByPosition(table, entries)) {
    await skipTo(reader, position);
    const bitmap = await reader.read(BITMAP_BYTES);
    writeSectors(disk, block * BLOCK_BYTES, bitmap, await reader.read(BLOCK_BYTES));
  }
  await reader.skip(totalBytes - reader.position);
}

function blocksByPosition(table: Buffer, entries: number): { block: number; position: number }[] {
  const blocks: { block: number; position: number }[] = [];
  for (let block = 0; block < entries; block++) {
    const sector = table.readUInt32BE(block * 4);
    if (sector !== UNUSED) blocks.push({ block, position: sector * SECTOR });
  }
  return blocks.sort((a, b) => a.position - b.position);
}

/** Writes runs of sectors whose bit is set, clamped to the disk. */
function writeSectors(disk: VirtualDisk, offset: number, bitmap: Buffer, data: Buffer): void {
  const sectors = Math.min(BLOCK_BYTES, disk.sizeBytes - offset) / SECTOR;
  const isPresent = (sector: number): boolean => (bitmap[sector >> 3] & (0x80 >> (sector & 7))) !== 0;
  for (let sector = 0; sector < sectors;) {
    let end = sector;
    while (end < sectors && isPresent(end)) end++;
    if (end > sector) disk.write(offset + sector * SECTOR, data.subarray(sector * SECTOR, end * SECTOR));
    sector = end + 1;
  }
}

async function skipTo(reader: ByteReader, position: number): Promise<void> {
  if (position < reader.position) throw broken('parts overlap');
  await reader.skip(position - reader.position);
}
