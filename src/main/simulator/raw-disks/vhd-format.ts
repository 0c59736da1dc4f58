/** The parts of a VHD file that the handlers read and write. Source: blktap include/vhd.h. */
export const SECTOR = 512;
export const BLOCK_BYTES = 2 * 1024 * 1024;
export const BITMAP_BYTES = 512;
export const TABLE_OFFSET = 2048;
export const UNUSED = 0xffff_ffff;
const HEADER_OFFSET = 512;

export interface VhdParent {
  /** 16 bytes. */
  readonly uuid: Buffer;
  readonly name: string;
}

/** The footer as XAPI's exports carry it: creator `caml`, no time stamp. Source: xen-api ocaml/libs/vhd/vhd_format/f.ml. */
export function footerOf(sizeBytes: number, uuid: Buffer, isDifferencing: boolean): Buffer {
  const footer = Buffer.alloc(SECTOR);
  footer.write('conectix', 0, 'latin1');
  footer.writeUInt32BE(2, 8);
  footer.writeUInt32BE(0x0001_0000, 12);
  footer.writeBigUInt64BE(BigInt(HEADER_OFFSET), 16);
  footer.write('caml', 28, 'latin1');
  footer.writeUInt32BE(1, 32);
  footer.writeBigUInt64BE(BigInt(sizeBytes), 40);
  footer.writeBigUInt64BE(BigInt(sizeBytes), 48);
  const { cylinders, heads, sectors } = geometryOf(sizeBytes);
  footer.writeUInt16BE(cylinders, 56);
  footer.writeUInt8(heads, 58);
  footer.writeUInt8(sectors, 59);
  footer.writeUInt32BE(isDifferencing ? 4 : 3, 60);
  uuid.copy(footer, 68);
  return withChecksum(footer, 64);
}

export function headerOf(entries: number, parent: VhdParent | undefined): Buffer {
  const header = Buffer.alloc(1024);
  header.write('cxsparse', 0, 'latin1');
  header.fill(0xff, 8, 16);
  header.writeBigUInt64BE(BigInt(TABLE_OFFSET), 16);
  header.writeUInt32BE(0x0001_0000, 24);
  header.writeUInt32BE(entries, 28);
  header.writeUInt32BE(BLOCK_BYTES, 32);
  if (parent) {
    parent.uuid.copy(header, 40);
    header.set(Buffer.from(parent.name, 'utf16le').swap16().subarray(0, 510), 64);
  }
  return withChecksum(header, 36);
}

function withChecksum(bytes: Buffer, at: number): Buffer {
  bytes.writeUInt32BE(0, at);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.writeUInt32BE(~sum >>> 0, at);
  return bytes;
}

/** True when the checksum at `at` fits the rest. */
export function hasSoundChecksum(bytes: Buffer, at: number): boolean {
  const copy = Buffer.from(bytes);
  return withChecksum(copy, at).readUInt32BE(at) === bytes.readUInt32BE(at);
}

/** Cylinders are rounded down. Source: Microsoft's VHD specification, appendix "CHS calculation". */
function geometryOf(sizeBytes: number): { cylinders: number; heads: number; sectors: number } {
  const total = Math.min(Math.floor(sizeBytes / SECTOR), 65_535 * 16 * 255);
  if (total >= 65_535 * 16 * 63) {
    return { cylinders: Math.floor(total / 255 / 16), heads: 16, sectors: 255 };
  }
  let sectors = 17;
  let tracks = Math.floor(total / sectors);
  let heads = Math.max(4, Math.floor((tracks + 1023) / 1024));
  if (tracks >= heads * 1024 || heads > 16) {
    sectors = 31;
    heads = 16;
    tracks = Math.floor(total / sectors);
  }
  if (tracks >= heads * 1024) {
    sectors = 63;
    heads = 16;
    tracks = Math.floor(total / sectors);
  }
  return { cylinders: Math.floor(tracks / heads), heads, sectors };
}
